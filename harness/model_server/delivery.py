"""One model call: its answer, sent when it is due, or what goes wrong instead."""

import math
from collections.abc import Sequence
from time import monotonic

from aiohttp import HttpVersion11, web

from harness.model_server.connection import BROKEN, JSON, opened
from harness.model_server.journal import Entry
from harness.model_server.loops import until
from harness.model_server.wire import error

_EVENTS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
_MALFORMED = b'{"id": "broken", "choices": [{"message": {"content": "'
_MALFORMED_EVENT = b'data: {"id": "broken", "choices": [{"delta": {"content": "\n\n'


class Delivery:
    """Answers one request, and notes in `entry` when it did."""

    def __init__(self, request: web.BaseRequest, entry: Entry) -> None:
        self._request = request
        self._entry = entry
        self._opened = opened(request)

    async def send(
        self, blocks: Sequence[bytes], due: Sequence[float], fault: str | None
    ) -> web.StreamResponse:
        """Send each block when it is due, one if it is no stream, or do what the fault says."""
        self._entry.due_first, self._entry.due_last = due[0], due[-1]
        await until(due[0])
        if fault == "server_error":
            return await self.whole(BROKEN, 500)
        if fault == "drop":
            return self._close(web.Response())
        if fault == "malformed":  # cut off inside its JSON, which HTTP takes for complete
            blocks = [_MALFORMED_EVENT if self._entry.stream else _MALFORMED]
        if self._entry.stream:  # a stall is in the due moments already
            return await self._stream(blocks, due, cut=fault == "cut")
        if fault == "cut":
            return await self._half(blocks[0])
        return await self.whole(blocks[0])

    async def whole(
        self, body: bytes, status: int = 200, headers: dict[str, str] | None = None
    ) -> web.StreamResponse:
        """A body in one piece, sent now."""
        headers = self._opened | (headers or {})
        response = web.Response(body=body, status=status, headers=headers, content_type=JSON)
        await response.prepare(self._request)
        self._sends(status)
        self._entry.sent_last = self._entry.sent_first
        await response.write_eof()
        return response

    async def too_many(self, wait: float) -> web.StreamResponse:
        """429, with the seconds after which the client may come back.

        HTTP knows whole seconds only, and urllib3 and curl no others; OpenAI's clients look for
        milliseconds first.
        """
        body = error("Rate limit reached", "requests", "rate_limit_exceeded")
        headers = {"Retry-After": f"{math.ceil(wait)}"}
        if wait != math.ceil(wait):
            headers["retry-after-ms"] = f"{wait * 1000:g}"
        return await self.whole(body, 429, headers)

    async def _half(self, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": JSON} | self._opened)
        response.content_length = len(body)
        await response.prepare(self._request)
        self._sends(200)
        await response.write(body[: len(body) // 2])
        return self._close(response)

    async def _stream(
        self, blocks: Sequence[bytes], due: Sequence[float], cut: bool
    ) -> web.StreamResponse:
        """All of a stream, or the first half of it and then the connection is closed."""
        response = web.StreamResponse(headers=_EVENTS | self._opened)
        if self._request.version < HttpVersion11:
            response.force_close()  # its end is the end of the stream
        await response.prepare(self._request)
        self._sends(200)
        sent = blocks[: max(1, len(blocks) // 2)] if cut else blocks
        for block, moment in zip(sent, due, strict=False):
            await until(moment)
            self._entry.sent_last = monotonic()
            await response.write(block)
        if cut:
            return self._close(response)
        await response.write_eof()
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
