"""One call on its way through a proxy: its headers, and its answer, passed on as it comes."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import HttpVersion11, web

from harness.model_server.journal import Entry
from harness.model_server.passing import Reply

_OURS = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
_OURS |= {"transfer-encoding", "upgrade", "host", "content-length", "content-encoding", "expect"}
_OURS |= {"accept-encoding", "date", "server"}
_KEYS = {"authorization", "api-key", "cookie"}
_HIDDEN = b"***"


@dataclass
class Call:
    """A call: asked, its body as JSON; taken, tokens of a budget; begin, when it was passed on."""

    entry: Entry
    body: bytes
    asked: dict[str, Any]
    taken: int = 0
    begin: float = 0.0
    reply: Reply = field(default_factory=lambda: Reply(False))
    answered: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> None:
        """A part of its answer has come."""
        now = monotonic()
        self.reply.add(data, now)
        self.answered += data
        self.entry.due_first = self.entry.due_first or now
        self.entry.due_last = now

    def sent(self) -> None:
        """What has come was handed on."""
        self.entry.sent_last = monotonic()
        self.entry.sent_first = self.entry.sent_first or self.entry.sent_last

    def line(self) -> dict[str, object]:
        """What a recording says of it: no text."""
        found: dict[str, object] = {"status": self.entry.status}
        if self.entry.due_last is not None:
            found["latency"] = round(self.entry.due_last - self.begin, 6)
        if self.reply.first is not None:
            found["ttft"] = round(self.reply.first - self.begin, 6)
        if self.reply.tokens:
            found["prompt_tokens"], found["tokens"] = self.reply.tokens
        return found

    def texts(self) -> dict[str, object]:
        """What was asked and answered."""
        answered = self.answered.decode(errors="replace")
        about = {"request": self.entry.request, "status": self.entry.status}
        return about | {"asked": self.asked, "answered": answered}


def outgoing(headers: Mapping[str, str], key: str) -> dict[str, str]:
    """The headers of a request to the endpoint. key: sent instead of the client's, if not empty."""
    found = dict(_passed(headers, _KEYS if key else ()))
    found["Accept-Encoding"] = "identity"
    if key:
        found["Authorization"] = f"Bearer {key}"
    return found


async def relay(
    request: web.BaseRequest,
    answer: aiohttp.ClientResponse,
    call: Call,
    key: str,
    ended: Callable[[Call], object],
) -> web.StreamResponse:
    """Pass an answer on, each part as it comes. Nothing that names the key is passed on.

    ended: called when all of it has come, and the client does not know yet.
    """
    headers = {n: v for n, v in _passed(answer.headers, ()) if not key or key not in v}
    is_stream = answer.content_type == "text/event-stream"
    call.reply = Reply(is_stream)
    if not is_stream:
        call.add(body := await answer.read())
        call.reply.end()
        if key and key.encode() in body:  # some endpoints quote it when they refuse it
            body = body.replace(key.encode(), _HIDDEN)
            call.answered[:] = body
        ended(call)
        whole = web.Response(body=body, status=answer.status, headers=headers)
        await whole.prepare(request)
        await whole.write_eof()
        call.sent()
        return whole
    response = web.StreamResponse(status=answer.status, headers=headers)
    if request.version < HttpVersion11:
        response.force_close()  # its end is the end of the stream
    await response.prepare(request)
    try:
        async for data in answer.content.iter_any():
            call.add(data)
            await response.write(data)
            call.sent()
    except (asyncio.CancelledError, ConnectionError):
        if not call.reply.is_whole:
            raise
    # A client may leave as soon as it has all, before the endpoint ends the stream.
    call.reply.end()
    ended(call)
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await response.write_eof()
    return response


def _passed(headers: Mapping[str, str], without: Collection[str]) -> Iterator[tuple[str, str]]:
    """Headers that are not about one connection alone."""
    for name, value in headers.items():
        if name.lower() not in _OURS and name.lower() not in without:
            yield name, value
