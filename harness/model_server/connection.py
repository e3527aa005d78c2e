"""HTTP as all answers of this server share it: what is read, and what a refusal looks like."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from aiohttp import HttpVersion11, web

from harness.model_server.wire import error

JSON = "application/json"
LARGEST = 32 * 1024 * 1024
"""Bytes of a request body that are taken."""

_IDLE = 3600.0  # seconds after which an unused connection is closed: clients close theirs first
_BACKLOG = 4096  # connections that may come at once

BROKEN = error("The server had an error while processing your request", "server_error")

_OPENED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After, retry-after-ms",
}


class Refused(ValueError):
    """A request refused with another status than 400."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Connection(web.RequestHandler):
    """A connection that knows when it was read from, before anything waits for the loop."""

    __slots__ = ("arrived",)

    def data_received(self, data: bytes) -> None:
        self.arrived = monotonic()
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp could not read, or we not answer: logged, and answered in OpenAI's form."""
        super().handle_error(request, status, exc, message)
        if status >= 500:
            response = web.Response(body=BROKEN, status=status, content_type=JSON)
        else:
            response = refusal(
                status, f"the request cannot be read: {' '.join(str(message).split()):.300}"
            )
        response.force_close()
        return response


class Listening(ABC):
    """A server on the running event loop, which says how it handles a request."""

    @abstractmethod
    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to a request; cancelled if its client leaves."""

    async def listen(self, port: int) -> asyncio.Server:
        """Serve on 127.0.0.1; port 0 takes a free one. OSError if it is taken."""
        loop = asyncio.get_running_loop()
        server = web.Server(self.handle, handler_cancellation=True)
        return await loop.create_server(
            lambda: Connection(server, loop=loop, keepalive_timeout=_IDLE),
            "127.0.0.1",
            port,
            backlog=_BACKLOG,
        )


async def until_stopped(
    server: Listening, port: int, say: Callable[[int], object], end: asyncio.Event
) -> None:
    """Let it serve until the end. say: called with the port. OSError if that is taken."""
    listening = await server.listen(port)
    say(listening.sockets[0].getsockname()[1])
    await end.wait()


def arrived(request: web.BaseRequest) -> float:
    """The moment at which a request was read."""
    protocol = request.protocol
    return protocol.arrived if isinstance(protocol, Connection) else monotonic()


def opened(request: web.BaseRequest) -> dict[str, str]:
    """The headers that let a page of any origin read an answer; none for other clients."""
    return _OPENED if "Origin" in request.headers else {}


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """A refusal, in one line."""
    body = error(message, "invalid_request_error")
    return web.Response(body=body, status=status, headers=headers, content_type=JSON)


async def document(request: web.BaseRequest) -> Any:
    """The JSON of a request body. ValueError, one line, if it has none; Refused."""
    try:
        return json.loads(await content(request))
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, Refused):
            raise
        raise ValueError(f"the request body is no JSON: {problem}") from None


async def content(request: web.BaseRequest) -> bytes:
    """A request body. Raises Refused if it is too large."""
    too_large = Refused(413, f"the request body has more than {LARGEST:,} bytes")
    if (request.content_length or 0) > LARGEST:
        raise too_large
    expected = request.headers.get("Expect")
    if expected and request.version >= HttpVersion11:
        if expected.lower() != "100-continue":
            raise Refused(417, f"Expect: {expected:.100} cannot be met")
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer has not begun
    body = bytearray()
    async for part in request.content.iter_any():  # as request.read(), which stops at a megabyte
        body += part
        if len(body) > LARGEST:
            raise too_large
    return bytes(body)
