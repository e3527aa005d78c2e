"""The server: requests to answers, on aiohttp.

It answers `POST /v1/chat/completions`, `POST /v1/responses`, `GET /v1/models`, `GET /health`, and
`GET` and `DELETE /journal` (a DELETE also lets attempts, slots and pauses start anew).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from time import monotonic

from aiohttp import web

from harness.model_server import chat, responses
from harness.model_server.delivery import JSON, Delivery, too_many, whole
from harness.model_server.faults import Attempts
from harness.model_server.journal import FAILED, FULL, LEFT, OK, REFUSED, Entry, Journal
from harness.model_server.loops import Alarm, run, told_to_stop
from harness.model_server.settings import Settings
from harness.model_server.timetable import Timetable
from harness.model_server.wire import CREATED, REPORTED_MODEL, Api, Ask, error
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt

_APIS = {"/v1/chat/completions": chat.API, "/v1/responses": responses.API}
_IDLE = 3600.0  # seconds after which an unused connection is closed: clients close theirs first
_BACKLOG = 4096  # connections that may come at once


class _Connection(web.RequestHandler):
    """A connection that knows when it was read from, before anything waits for the loop."""

    __slots__ = ("arrived",)

    def data_received(self, data: bytes) -> None:
        self.arrived = monotonic()
        super().data_received(data)


class Server:
    """One server on the running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._script = settings.script
        self._alarm = Alarm(asyncio.get_running_loop())
        self._attempts = Attempts(settings.faults)
        self._timetable = Timetable(settings)
        self._unfinished = 0
        self.journal = Journal(settings.journal)

    async def listen(self, port: int) -> asyncio.Server:
        """Serve on 127.0.0.1; port 0 takes a free one. OSError if it is taken."""
        loop = asyncio.get_running_loop()
        server = web.Server(self._handle, handler_cancellation=True)
        return await loop.create_server(
            lambda: _Connection(server, loop=loop, keepalive_timeout=_IDLE),
            "127.0.0.1",
            port,
            backlog=_BACKLOG,
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        api = _APIS.get(request.raw_path.partition("?")[0])
        if api is None or request.method != "POST":
            return self._other(request)
        protocol = request.protocol
        entry = Entry(api.name, protocol.arrived if isinstance(protocol, _Connection) else 0.0)
        self._unfinished += 1
        try:
            return await self._answer(api, request, entry)
        except (asyncio.CancelledError, ConnectionError):
            if entry.kind == OK:  # else it left because of the fault
                entry.kind = LEFT
            raise
        finally:
            self._unfinished -= 1
            self.journal.add(entry)

    async def _answer(self, api: Api, request: web.BaseRequest, entry: Entry) -> web.StreamResponse:
        try:
            # Not request.read(), which refuses more than a megabyte.
            ask = api.ask(json.loads(await request.content.read()))
            turn = self._turn(ask)
        except (ValueError, WrongPrompt) as problem:
            entry.kind = REFUSED
            return await whole(request, entry, error(str(problem), "invalid_request_error"), 400)
        entry.request, entry.round, entry.stream = ask.request, ask.round, ask.stream
        entry.attempt, fault = self._attempts.next(ask.request, ask.round)
        if fault is not None:
            entry.kind = fault
        if fault == "rate_limit":
            return await too_many(request, entry, self._settings.faults.retry_after)
        blocks, after = self._plan(api, ask, turn, fault)
        due = self._timetable.due(entry.arrived, after)
        if due is None:
            entry.kind = FULL
            return await too_many(request, entry, self._settings.faults.retry_after)
        if turn.fails:
            entry.kind, fault = FAILED, "server_error"
        return await Delivery(request, entry, self._alarm, blocks, due).send(fault)

    def _turn(self, ask: Ask) -> Turn:
        try:
            turn = self._script.turn(ask.prompt, ask.round)
        except IndexError:
            raise WrongPrompt(f"the script has no latency for request {ask.request}") from None
        if turn.tool_key is not None and TOOL_NAME not in ask.tools:
            raise WrongPrompt(f"the script calls the tool {TOOL_NAME}, which is not offered")
        return turn

    def _plan(
        self, api: Api, ask: Ask, turn: Turn, fault: str | None
    ) -> tuple[list[bytes], list[float]]:
        """What is sent, and after how many seconds of work each block of it is due."""
        script = self._script
        pieces = script.pieces(ask.request) if turn.tool_key is None else ("",)
        stall = self._settings.faults.stall_for if fault == "stall" else 0.0
        if not ask.stream:
            return [api.whole(ask, turn, len(pieces))], [turn.latency + stall]
        blocks, end = api.streamed(ask, turn, pieces)
        after = [turn.latency + i * script.gap for i in range(len(blocks))]
        if fault in ("stall", "cut"):  # so that even an answer of one piece has a middle
            after = [after[0], *(moment + stall for moment in [*after[1:], after[-1]])]
            return [*blocks, end], after
        blocks[-1] += end
        return blocks, after

    def _other(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = self._routes().get((request.method, request.path))
        if answer is None:
            body = error(f"Invalid URL ({request.method} {request.path})", "invalid_request_error")
            return web.Response(body=body, status=404, content_type=JSON)
        return web.json_response(answer())

    def _routes(self) -> dict[tuple[str, str], Callable[[], object]]:
        return {
            ("GET", "/health"): lambda: {"status": "ok"},
            ("GET", "/v1/models"): _models,
            ("GET", "/journal"): lambda: self.journal.document(self._unfinished),
            ("DELETE", "/journal"): self._clear,
        }

    def _clear(self) -> dict[str, str]:
        for part in (self.journal, self._attempts, self._timetable):
            part.clear()
        return {"status": "ok"}


def _models() -> dict[str, object]:
    model = {"id": REPORTED_MODEL, "object": "model", "created": CREATED, "owned_by": "harness"}
    return {"object": "list", "data": [model]}


def serve(settings: Settings, port: int, say: Callable[[int], object]) -> dict[str, int]:
    """Serve until told to stop; the totals of the journal. say: called with the port.

    Raises OSError if the port is taken.
    """

    async def main() -> dict[str, int]:
        server = Server(settings)
        listening = await server.listen(port)
        end = told_to_stop()
        say(listening.sockets[0].getsockname()[1])
        await end.wait()
        return server.journal.totals

    return run(main())
