"""A model server: an OpenAI-compatible HTTP server on 127.0.0.1, driven by a script.

`process.ModelServer` starts it from anywhere and needs only the standard library; what it runs,
`server`, needs aiohttp. Other modules: `settings` and `faults` say what it does, `chat` and
`responses` know the two APIs, `timetable` when each piece is due, `journal` what really happened.
"""
