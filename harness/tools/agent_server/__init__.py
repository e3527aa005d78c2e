"""Any runtime's agent behind HTTP, so that load generators of other processes can drive it.

`server` answers, `serving` starts and ends it; `load` and `locustfile` are Locust's side. It needs
aiohttp, which is imported only where it serves.
"""
