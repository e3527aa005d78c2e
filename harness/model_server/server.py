"""The server: requests to answers, on aiohttp.

It answers `POST /v1/chat/completions`, `POST /v1/responses`, `GET` and `DELETE /journal` (a DELETE
also lets attempts, slots and pauses start anew), and what `routes` has beside.
"""

import asyncio
import dataclasses
import functools
from collections.abc import Callable, Sequence

from aiohttp import web

from harness.common import child
from harness.common.local import unpack
from harness.model_server.chat import Chat
from harness.model_server.connection import Listening, Refused, arrived, document, until_stopped
from harness.model_server.delivery import Delivery
from harness.model_server.faults import Attempts
from harness.model_server.journal import BROKEN, FAILED, FULL, LEFT, OK, REFUSED, Entry, Journal
from harness.model_server.loops import run, told_to_stop
from harness.model_server.recorded import Call, Replay
from harness.model_server.responses import Responses
from harness.model_server.routes import WELL, Routes
from harness.model_server.settings import Settings
from harness.model_server.timetable import Timetable
from harness.model_server.wire import Answer, Api, Ask, encoded, error
from harness.model_server.wishes import wishes_of
from harness.workload.script import Turn, WrongPrompt

APIS: dict[str, Api] = {"/v1/chat/completions": Chat(), "/v1/responses": Responses()}
"""By path."""


class Server(Listening):
    """One server on the running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._attempts = Attempts(settings.faults)
        self._timetable = Timetable(settings)
        self._replay = Replay(settings.recorded, settings.seed) if settings.recorded else None
        self._unfinished = 0
        self.journal = Journal()
        journal = {"GET": lambda: self.journal.document(self._unfinished), "DELETE": self._clear}
        self._routes = Routes(APIS, {"/journal": journal})

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        api = APIS.get(request.path)
        if request.method != "POST" or api is None:
            return self._routes.answer(request)
        entry = Entry(api.name, arrived(request))
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
            body = await document(request)
            ask = api.ask(body, self._settings.script.calls)
            turn = self._turn(ask)
            pieces = self._settings.script.pieces(ask.request)
            answer = wishes_of(api, body).answer(turn, pieces, ask.request)
        except (ValueError, RecursionError, WrongPrompt, web.RequestPayloadError) as problem:
            entry.kind = REFUSED
            status = problem.status if isinstance(problem, Refused) else 400
            told = " ".join(f"{problem!s:.400}".split())
            return await delivery.whole(error(told, "invalid_request_error"), status)
        entry.request, entry.round, entry.stream = ask.request, ask.round, ask.stream
        entry.attempt, fault = self._attempts.next(ask.request, ask.round)
        entry.kind = fault or OK
        due = None
        if fault != "rate_limit":
            call = Call(turn.latency, turn.latency, None)
            if self._replay is not None:
                call = self._replay.next()
                answer = dataclasses.replace(answer, tokens=call.tokens)
            blocks, after = self._plan(call, ask.stream, _answered(api, ask, answer), fault)
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
            return script.turn(ask.prompt, ask.round)
        except IndexError:
            raise WrongPrompt(f"the script has no latency for request {ask.request}") from None

    def _plan(
        self, call: Call, stream: bool, answered: Sequence[bytes], fault: str | None
    ) -> tuple[list[bytes], list[float]]:
        """What is sent, and after how many seconds of work each block of it is due."""
        stall = self._settings.faults.stall_for if fault == "stall" else 0.0
        *blocks, end = answered
        if not stream:
            return blocks, [call.latency + stall]
        if self._replay is not None:
            after = call.moments(len(blocks))
        else:
            after = [call.latency + i * self._settings.script.gap for i in range(len(blocks))]
            after.append(after[-1])
        if self._replay is None and fault not in ("stall", "cut"):
            blocks[-1] += end
            return blocks, after[:-1]
        # The end has a moment of its own, so that even an answer of one piece has a middle.
        return [*blocks, end], [after[0], *(moment + stall for moment in after[1:])]

    def _clear(self) -> object:
        for part in (self.journal, self._attempts, self._timetable):
            part.clear()
        if self._replay is not None:
            self._replay.restart()
        return WELL


@functools.lru_cache(maxsize=256)  # a measure asks the same again and again
def _answered(api: Api, ask: Ask, answer: Answer) -> tuple[bytes, ...]:
    """The blocks of an answer, one for each piece if it is streamed, and what ends it."""
    if not ask.stream:
        return encoded(api.whole(ask, answer)).encode(), b""
    blocks, end = api.streamed(ask, answer)
    return *blocks, end


def serve(settings: Settings, port: int, say: Callable[[int], object]) -> dict[str, int]:
    """Serve until told to stop; the totals of the journal. say: called with the port.

    Raises OSError if the port is taken.
    """

    async def main() -> dict[str, int]:
        server = Server(settings)
        await until_stopped(server, port, say, told_to_stop())
        return dict(server.journal.totals)

    return run(main())


def perform(settings: str) -> None:
    """In a child of `process.ModelServer`: serve until it ends it, and report the port."""
    serve(unpack(settings), 0, child.tell)
