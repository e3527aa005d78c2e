"""The barest HTTP/1.1 client for one JSON endpoint: keep-alive, nothing but the standard library.

Below it nothing can be left out, so what a framework's own client costs beyond it is that
client's. Only what a model server on this machine sends is understood: `Content-Length` or
chunked bodies, and server-sent events.
"""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HttpFailure(RuntimeError):
    """The server refused the request (`status`), or what it sent is not HTTP as it should be."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class BareClient:
    """Posts JSON to `url`. Safe to share among threads and event loops.

    Connections wait in a pool, one for threads and one for each event loop. A request that
    fails raises HttpFailure or OSError; it is never made again.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._path = address.path
        self._head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self._idle: list[http.client.HTTPConnection] = []
        self._idle_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Stream]] = (
            WeakKeyDictionary()
        )

    def post(self, body: bytes) -> bytes:
        """The body of the answer, in the calling thread."""
        try:
            connection = self._idle.pop()  # atomic, unlike asking first whether there is one
        except IndexError:
            connection = http.client.HTTPConnection(self._host, self._port)
        connection.request("POST", self._path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise HttpFailure(f"HTTP {answer.status}: {content[:200]!r}", answer.status)
        self._idle.append(connection)
        return content

    async def apost(self, body: bytes) -> bytes:
        """The body of the answer, on the running event loop."""
        return b"".join([part async for part in self._parts(body)])

    async def events(self, body: bytes) -> AsyncGenerator[bytes, None]:
        """The data of each server-sent event of the answer, in order."""
        rest = b""
        async for part in self._parts(body):
            *events, rest = (rest + part).split(b"\n\n")
            for event in events:
                yield event.removeprefix(b"data: ")
        if rest:
            raise HttpFailure(f"the stream ends within an event: {rest[:200]!r}")

    async def _parts(self, body: bytes) -> AsyncGenerator[bytes, None]:
        """The body of the answer as it arrives; its connection is kept once all was read."""
        idle = self._idle_streams.setdefault(asyncio.get_running_loop(), [])
        stream = idle.pop() if idle else await asyncio.open_connection(self._host, self._port)
        complete = False
        try:
            reader, writer = stream
            writer.write(f"{self._head}{len(body)}\r\n\r\n".encode() + body)
            async for part in _body(reader):
                yield part
            complete = True
        except asyncio.IncompleteReadError:
            raise HttpFailure("the server closed the connection within its answer") from None
        finally:
            if complete:
                idle.append(stream)
            else:
                stream[1].close()


async def _body(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    """The body of one answer, in the pieces it was sent in; HttpFailure if it is a refusal."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines if line)
    parts = _chunks(reader) if "chunked" in fields.get("transfer-encoding", "") else None
    if (code := status.split(maxsplit=2)[1]) != "200":
        content = "" if parts else (await _exactly(reader, fields)).decode(errors="replace")
        raise HttpFailure(f"{status}: {content[:200]}", int(code))
    if parts is None:
        yield await _exactly(reader, fields)
    else:
        async for part in parts:
            yield part


async def _exactly(reader: asyncio.StreamReader, fields: dict[str, str]) -> bytes:
    return await reader.readexactly(int(fields["content-length"]))


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
