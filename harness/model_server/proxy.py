"""A proxy before an OpenAI-compatible endpoint: it passes calls on, and notes how long they took.

It records them to a file (`harness record`), or holds a load to its limits (`load --model-url`).
What it keeps of a call is its moments, its status and its tokens; texts only where asked to.
"""

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Callable
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from harness.common import child
from harness.common.local import unpack
from harness.model_server.budget import Budget, Order, Reached
from harness.model_server.connection import (
    JSON,
    Listening,
    Refused,
    arrived,
    content,
    refusal,
    until_stopped,
)
from harness.model_server.journal import FULL, LEFT, OK, REFUSED, Entry, Journal
from harness.model_server.loops import run, told_to_stop
from harness.model_server.passing import Lines
from harness.model_server.relay import Call, outgoing, relay
from harness.model_server.server import APIS
from harness.model_server.wire import Api, encoded, error, text_of
from harness.workload.script import WrongPrompt

UNREACHABLE = "unreachable"
CUT = "cut"
CONNECT = 10.0
"""Seconds within which an endpoint takes a connection."""


class Proxy(Listening):
    """Passes what is under /v1 on to an endpoint. end: set when a file cannot be written.

    failure: why not; recorded: lines that were.
    """

    def __init__(self, session: aiohttp.ClientSession, order: Order, end: asyncio.Event) -> None:
        self._session, self._order, self._end = session, order, end
        self._key = os.environ.get(order.key_env, "") if order.key_env else ""
        self._to = Lines(order.to) if order.to else None
        self._keep = Lines(order.keep, 0o600) if order.keep else None
        self._budget = Budget(order.limits) if order.limits else None
        self._unfinished = 0
        self.failure = ""
        self.recorded = 0
        self.journal = Journal()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        if (request.method, path) == ("GET", "/journal"):
            more = {"tokens": self._budget and self._budget.used, "failure": self.failure}
            return web.json_response(self.journal.document(self._unfinished) | more)
        if not path.startswith("/v1/"):
            return refusal(404, f"Invalid URL ({path:.200}): what begins with /v1/ is passed on")
        if "Origin" in request.headers:  # a page of somebody's could spend what is another's
            return refusal(403, "what a page in a browser asks is not passed on")
        api = APIS.get(request.path) if request.method == "POST" else None
        if self._budget and api is None and (request.method, path) != ("GET", "/v1/models"):
            return refusal(403, f"{request.method} {path:.200} has no limit: it is not passed on")
        entry = Entry(api.name if api else "", arrived(request))
        self._unfinished += 1
        try:
            return await self._answer(request, api, entry)
        except (asyncio.CancelledError, ConnectionError):
            entry.kind = LEFT
            raise
        finally:
            self._unfinished -= 1
            if api:
                self.journal.add(entry)

    async def _answer(
        self, request: web.BaseRequest, api: Api | None, entry: Entry
    ) -> web.StreamResponse:
        try:
            call = self._admitted(await content(request), api, entry)
        except Reached as limit:
            entry.kind, entry.status = FULL, 429
            body = error(f"{limit}: this call was not passed on", "requests", "limit_reached")
            headers = {"x-should-retry": "false"}  # which OpenAI's clients look for
            return web.Response(body=body, status=429, headers=headers, content_type=JSON)
        except ValueError as problem:
            entry.kind = REFUSED
            entry.status = problem.status if isinstance(problem, Refused) else 400
            return refusal(entry.status, f"{problem!s:.300}")
        try:
            return await self._passed_on(request, call)
        finally:
            if self._budget:
                # A refusal costs nothing; of what broke nobody knows.
                free = entry.kind == UNREACHABLE or 400 <= entry.status < 500
                self._budget.settle(call.taken, call.reply.tokens or ((0, 0) if free else None))

    def _admitted(self, body: bytes, api: Api | None, entry: Entry) -> Call:
        """A call as it is passed on. Raises Reached, or ValueError for what cannot be."""
        call = Call(entry, body, _object(body) if api else {})
        entry.stream = call.asked.get("stream") is True
        if api and self._budget:
            entry.request = _number(api, call.asked)
            call.taken = self._budget.take(api.name, call.asked)
            call.body = encoded(call.asked).encode()
        return call

    async def _passed_on(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        url = URL(self._order.url + request.raw_path.removeprefix("/v1"), encoded=True)
        headers, entry = outgoing(request.headers, self._key), call.entry
        call.begin = monotonic()
        try:
            async with self._session.request(
                request.method,
                url,
                headers=headers,
                data=call.body or None,
                allow_redirects=False,
            ) as answer:
                entry.status = answer.status
                entry.kind = OK if 200 <= answer.status < 300 else f"http {answer.status}"
                return await relay(request, answer, call, self._key, self._note)
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            if request.transport is None or request.transport.is_closing():
                raise ConnectionResetError from None  # the client has left
            if entry.due_first is not None:
                entry.kind = CUT
                request.transport.close()
                return web.Response()
            entry.kind, entry.status = UNREACHABLE, 502
            why = f"the endpoint does not answer: {type(problem).__name__}"
            return web.Response(body=error(why, "proxy"), status=502, content_type=JSON)

    def _note(self, call: Call) -> None:
        """What is kept of a call whose answer has come."""
        if not call.entry.api:
            return
        try:
            if self._to and self.recorded < self._order.most:
                self._to.add(call.line())
                self.recorded += 1
            if self._keep:
                self._keep.add(call.texts())
        except ValueError as problem:
            self.failure = str(problem)
            self._keep = self._to = None
            if self._order.to:
                self._end.set()


def serve(order: Order, port: int, say: Callable[[int], object]) -> Proxy:
    """Pass calls on until asked to stop; the proxy as it then was. say: called with the port.

    Raises OSError if the port is taken, ValueError if a file cannot be written.
    """

    async def main() -> Proxy:
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT)
        host = URL(order.url).host or ""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=limits,
            trust_env=not re.fullmatch(r"localhost|127\.[\d.]+|::1", host),  # proxies of the net
            skip_auto_headers=("User-Agent", "Content-Type"),
        ) as session:
            end = told_to_stop()
            proxy = Proxy(session, order, end)
            await until_stopped(proxy, port, say, end)
            return proxy

    return run(main())


def perform(order: str) -> None:
    """In a child of `process.LimitedProxy`: pass calls on until it ends it, and report the port."""
    serve(unpack(order), 0, child.tell)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("the request body is no JSON object")
    return found


def _number(api: Api, body: dict[str, Any]) -> int:
    """The number of a load's request, as the last prompt says it; -1 if it says none."""
    with contextlib.suppress(ValueError, WrongPrompt):
        said = [m for m in api.messages(body) if m.get("role") == "user"]
        if said and (
            found := re.search(r"\brequest (\d{1,9})\b", text_of(said[-1].get("content")))
        ):
            return int(found[1])
    return -1
