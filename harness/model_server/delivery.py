"""One model call: its answer, sent when it is due, or what goes wrong instead."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from aiohttp import web

from harness.model_server.journal import Entry
from harness.model_server.loops import Alarm
from harness.model_server.wire import error

JSON = "application/json"
_EVENTS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
_BROKEN = b'{"id": "broken", "choices": [{"message": {"content": "'
_BROKEN_EVENT = b'data: {"id": "broken", "choices": [{"delta": {"content": "\n\n'


class Delivery:
    """Sends the pieces of one answer and notes in `entry` when it did.

    blocks, due: what is sent, and when; one block if the answer is not streamed.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        entry: Entry,
        alarm: Alarm,
        blocks: Sequence[bytes],
        due: Sequence[float],
    ) -> None:
        self._request = request
        self._entry = entry
        self._alarm = alarm
        self._blocks = blocks
        self._due = due
        entry.due_first, entry.due_last = due[0], due[-1]

    async def send(self, fault: str | None) -> web.StreamResponse:
        """Answer, or do what the fault says, when the first piece is due."""
        await self._until(self._due[0])
        if fault == "server_error":
            body = error("The server had an error while processing your request", "server_error")
            return await whole(self._request, self._entry, body, 500)
        if fault == "malformed":
            return await self._malformed()
        if fault == "drop":
            return self._close(web.Response())
        if fault == "cut":
            return await self._cut()
        if self._entry.stream:  # a stall is in the due moments already
            return await self._stream()
        return await whole(self._request, self._entry, self._blocks[0])

    async def _malformed(self) -> web.StreamResponse:
        """An answer cut off inside its JSON, which HTTP takes for complete."""
        if self._entry.stream:
            response = await self._open()
            await response.write(_BROKEN_EVENT)
            self._entry.sent_last = self._entry.sent_first
            return response
        return await whole(self._request, self._entry, _BROKEN)

    async def _cut(self) -> web.StreamResponse:
        """Half of the answer, then the connection is closed."""
        if not self._entry.stream:
            response = web.StreamResponse(headers={"Content-Type": JSON})
            response.content_length = len(self._blocks[0])
            await response.prepare(self._request)
            self._sends(200)
            await response.write(self._blocks[0][: len(self._blocks[0]) // 2])
            return self._close(response)
        half = max(1, len(self._blocks) // 2)
        return self._close(await self._stream(half))

    async def _stream(self, until: int | None = None) -> web.StreamResponse:
        response = await self._open()
        for block, due in zip(self._blocks[:until], self._due, strict=False):
            await self._until(due)
            self._entry.sent_last = monotonic()
            await response.write(block)
        if until is None:
            await response.write_eof()
        return response

    async def _open(self) -> web.StreamResponse:
        response = web.StreamResponse(headers=_EVENTS)
        response.enable_chunked_encoding()
        await response.prepare(self._request)
        self._sends(200)
        return response

    def _sends(self, status: int) -> None:
        self._entry.status = status
        self._entry.sent_first = monotonic()

    def _close(self, response: web.StreamResponse) -> web.StreamResponse:
        # Not abort(), which would take back what has been sent. aiohttp takes the response it
        # cannot finish any more for a client that has gone.
        if self._request.transport is not None:
            self._request.transport.close()
        return response

    async def _until(self, moment: float) -> None:
        if monotonic() < moment:
            await self._alarm.at(moment)


async def whole(
    request: web.BaseRequest,
    entry: Entry,
    body: bytes,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    """A body in one piece, sent now."""
    response = web.Response(body=body, status=status, headers=headers, content_type=JSON)
    await response.prepare(request)
    entry.status = status
    entry.sent_first = entry.sent_last = monotonic()
    await response.write_eof()
    return response


async def too_many(request: web.BaseRequest, entry: Entry, wait: float) -> web.StreamResponse:
    """429, with the seconds after which the client may come back."""
    body = error("Rate limit reached", "requests", "rate_limit_exceeded")
    return await whole(request, entry, body, 429, {"Retry-After": f"{wait:g}"})
