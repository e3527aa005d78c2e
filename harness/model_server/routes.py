"""What is answered beside model calls: other paths and methods, and what browsers ask first.

A page of any origin may ask for all there is, but not empty the journal.
"""

import re
from collections.abc import Callable, Collection, Mapping

from aiohttp import web

from harness.model_server.connection import opened, refusal
from harness.model_server.wire import CREATED, REPORTED_MODEL

WELL = {"status": "ok"}

_MODELS = "/v1/models"

Methods = Mapping[str, Callable[[], object]]
"""What a path answers to each method, as JSON; None is an empty answer."""


class Routes:
    """The paths of a server: `calls` take model calls, `more` are those of its own."""

    def __init__(self, calls: Collection[str], more: Mapping[str, Methods]) -> None:
        self._calls = calls
        self._paths: dict[str, Methods] = {
            _MODELS: {"GET": lambda: {"object": "list", "data": [_model(REPORTED_MODEL)]}},
            "/health": {"GET": lambda: WELL},
            **more,
        }
        self._there = ", ".join([*calls, *self._paths])
        self._paths["/favicon.ico"] = {"GET": lambda: None}  # browsers ask every server for one

    def answer(self, request: web.BaseRequest) -> web.Response:
        """The answer to a request that is no model call."""
        method, path, headers = request.method, request.path, opened(request)
        answers = self._answers(path)
        if not answers:
            there = f"Invalid URL ({method} {path:.200}); this server has {self._there}"
            return refusal(404, there, headers)
        methods = sorted([*answers, "OPTIONS", *(["HEAD"] if "GET" in answers else [])])
        headers = headers | {"Allow": ", ".join(methods)}
        if method == "OPTIONS":
            return web.Response(status=204, headers=headers | _preflight(request, methods))
        if method not in methods:
            told = f"Not allowed to {method} on {path:.200}, which takes {headers['Allow']}"
            return refusal(405, told, headers)
        found = answers["GET" if method == "HEAD" else method]()
        if found is None:
            return web.Response(status=204, headers=opened(request))
        return web.json_response(found, headers=opened(request))

    def _answers(self, path: str) -> Methods:
        if path in self._calls:
            return {"POST": lambda: None}
        name = path.removeprefix(f"{_MODELS}/")
        if name and name != path:
            return {"GET": lambda: _model(name)}  # any name will do, as in a call
        return self._paths.get(path, {})


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "harness"}


def _preflight(request: web.BaseRequest, methods: Collection[str]) -> dict[str, str]:
    """What a browser is answered that asks whether a page may ask."""
    asked = request.headers
    if "Origin" not in asked:
        return {}
    allowed = ", ".join(method for method in methods if method != "DELETE")
    found = {"Access-Control-Allow-Methods": allowed, "Access-Control-Max-Age": "600"}
    wanted = asked.get("Access-Control-Request-Headers", "")
    if re.fullmatch(r"[\w\-, ]+", wanted, re.ASCII):
        found["Access-Control-Allow-Headers"] = wanted
    if asked.get("Access-Control-Request-Private-Network") == "true":
        found["Access-Control-Allow-Private-Network"] = "true"
    return found
