"""Any runtime's agent behind HTTP, so that load generators of other processes can drive it.

`server` answers, `serving` starts and ends it, `process` runs it as a process of its own; `load`
and `locustfile` are Locust's side; `python -m studies.load.generators` sets generators of
load side by side. Needs aiohttp, which is imported only where it serves.
"""
