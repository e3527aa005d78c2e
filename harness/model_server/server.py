"""The server: requests to answers, on aiohttp.

It answers `POST /v1/chat/completions`, `POST /v1/responses`, `GET /v1/models`, `GET /health`, and
`GET` and `DELETE /journal` (a DELETE also lets attempts, slots and pauses start anew).
"""

import asyncio
import dataclasses
import functools
import json
import math
from collections.abc import Callable, Sequence
from time import monotonic

from aiohttp import HttpVersion11, web

from harness.common import child
from harness.common.local import unpack
from harness.model_server.chat import Chat
from harness.model_server.delivery import JSON, Delivery
from harness.model_server.faults import Attempts
from harness.model_server.journal import BROKEN, FAILED, FULL, LEFT, OK, REFUSED, Entry, Journal
from harness.model_server.loops import run, told_to_stop
from harness.model_server.responses import Responses
from harness.model_server.schema import instance
from harness.model_server.settings import Settings
from harness.model_server.timetable import Timetable
from harness.model_server.wire import CREATED, REPORTED_MODEL, Api, Ask, encoded, error
from harness.workload.script import TOOL_NAME, Turn, WrongPrompt

_APIS: dict[str, Api] = {"/v1/chat/completions": Chat(), "/v1/responses": Responses()}
_IDLE = 3600.0  # seconds after which an unused connection is closed: clients close theirs first
_BACKLOG = 4096  # connections that may come at once
_WELL = {"status": "ok"}
_MODEL = {"id": REPORTED_MODEL, "object": "model", "created": CREATED, "owned_by": "harness"}


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
        self._attempts = Attempts(settings.faults)
        self._timetable = Timetable(settings)
        self._unfinished = 0
        self.journal = Journal()

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
        path = request.raw_path.partition("?")[0]
        if request.method != "POST" or path not in _APIS:
            return self._other(request)
        protocol, api = request.protocol, _APIS[path]
        entry = Entry(api.name, protocol.arrived if isinstance(protocol, _Connection) else 0.0)
        self._unfinished += 1
        try:
            return await self._answer(api, request, entry)
        except (asyncio.CancelledError, ConnectionError):
            if entry.kind == OK:  # else it left because of the fault
                entry.kind = LEFT
            raise
        except Exception:  # aiohttp answers, if nothing was sent, and logs it
            entry.kind, entry.status = BROKEN, entry.status or 500
            raise
        finally:
            self._unfinished -= 1
            self.journal.add(entry)

    async def _answer(self, api: Api, request: web.BaseRequest, entry: Entry) -> web.StreamResponse:
        delivery = Delivery(request, entry)
        try:
            waits = request.headers.get("Expect", "").lower() == "100-continue"
            if waits and request.version >= HttpVersion11:
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0  # the answer has not begun
            # Not request.read(), which refuses more than a megabyte.
            body = json.loads(await request.content.read())
            ask = api.ask(body, self._settings.script.calls)
            turn = self._turn(ask)
        except (ValueError, RecursionError, WrongPrompt, web.RequestPayloadError) as problem:
            entry.kind = REFUSED
            return await delivery.whole(error(f"{problem!s:.400}", "invalid_request_error"), 400)
        entry.request, entry.round, entry.stream = ask.request, ask.round, ask.stream
        entry.attempt, fault = self._attempts.next(ask.request, ask.round)
        entry.kind = fault or OK
        due = None
        if fault != "rate_limit":
            blocks, after = self._plan(api, ask, turn, fault)
            due = self._timetable.due(entry.arrived, after)
            if due is None:
                entry.kind = FULL
        if due is None:
            return await delivery.too_many(self._settings.faults.retry_after)
        if turn.fails:
            entry.kind, fault = FAILED, "server_error"
        return await delivery.send(blocks, due, fault)

    def _turn(self, ask: Ask) -> Turn:
        script = self._settings.script
        if script.history and ask.earlier != tuple(said for said, _ in script.exchanges):
            raise WrongPrompt(f"not the earlier conversation: {ask.earlier!r:.200}")
        try:
            turn = script.turn(ask.prompt, ask.round)
        except IndexError:
            raise WrongPrompt(f"the script has no latency for request {ask.request}") from None
        if turn.calls and TOOL_NAME not in ask.tools:
            raise WrongPrompt(f"the script calls the tool {TOOL_NAME}, which is not offered")
        if not turn.calls and ask.forced:
            raise WrongPrompt("a tool_choice that forces a call, where the script replies")
        if not turn.calls and ask.schema:
            made = instance(json.loads(ask.schema), turn.text, ask.request)
            return dataclasses.replace(turn, text=encoded(made))
        return turn

    def _plan(
        self, api: Api, ask: Ask, turn: Turn, fault: str | None
    ) -> tuple[list[bytes], list[float]]:
        """What is sent, and after how many seconds of work each block of it is due."""
        script = self._settings.script
        pieces = ("",) if turn.calls else script.pieces(ask.request)
        if turn.text and ask.schema:
            size = math.ceil(len(turn.text) / script.chunks)
            pieces = tuple(turn.text[i * size : (i + 1) * size] for i in range(script.chunks))
        stall = self._settings.faults.stall_for if fault == "stall" else 0.0
        *blocks, end = _answered(api, ask, turn, pieces)
        if not ask.stream:
            return blocks, [turn.latency + stall]
        after = [turn.latency + i * script.gap for i in range(len(blocks))]
        if fault in ("stall", "cut"):  # so that even an answer of one piece has a middle
            after = [after[0], *(moment + stall for moment in [*after[1:], after[-1]])]
            return [*blocks, end], after
        blocks[-1] += end
        return blocks, after

    def _other(self, request: web.BaseRequest) -> web.StreamResponse:
        route = request.method, request.path
        answers: dict[tuple[str, str], Callable[[], object]] = {
            ("GET", "/health"): lambda: _WELL,
            ("GET", "/v1/models"): lambda: {"object": "list", "data": [_MODEL]},
            ("GET", "/journal"): lambda: self.journal.document(self._unfinished),
            ("DELETE", "/journal"): self._clear,
        }
        if route in answers:
            return web.json_response(answers[route]())
        body = error(f"Invalid URL ({' '.join(route)})", "invalid_request_error")
        return web.Response(body=body, status=404, content_type=JSON)

    def _clear(self) -> object:
        for part in (self.journal, self._attempts, self._timetable):
            part.clear()
        return _WELL


@functools.lru_cache(maxsize=256)  # a measure asks the same again and again
def _answered(api: Api, ask: Ask, turn: Turn, pieces: Sequence[str]) -> tuple[bytes, ...]:
    """The blocks of an answer, one for each piece if it is streamed, and what ends it."""
    if not ask.stream:
        return encoded(api.whole(ask, turn, len(pieces))).encode(), b""
    blocks, end = api.streamed(ask, turn, pieces)
    return *blocks, end


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
        return dict(server.journal.totals)

    return run(main())


def perform(settings: str) -> None:
    """In a child of `process.ModelServer`: serve until it ends it, and report the port."""
    serve(unpack(settings), 0, child.tell)
