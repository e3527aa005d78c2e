"""Rows of the table in docs/model-server.md: what a client asks, what it gets, and the check."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.model_server.faults import Faults
from harness.model_server.process import ModelServer
from harness.workload.script import TOOL_NAME, Script

SCRIPT = Script(chunks=3)
SERVERS: dict[str, tuple[Script, Faults]] = {
    "plain": (SCRIPT, Faults()),
    "tools": (Script(chunks=3, tool_rounds=1, calls=2), Faults()),
    "failing": (SCRIPT, Faults({"rate_limit": (1,), "server_error": (2,)}, retry_after=0.01)),
}
"""What is asked of which server: the names that rows have in `on`."""

TOOL = {"type": "function", "function": {"name": TOOL_NAME, "parameters": {}}}


class NotInstalled(RuntimeError):
    """There is no such client on this machine."""


Check = Callable[[ModelServer], object]


@dataclass(frozen=True)
class Row:
    """One line: `client` asks for `asks` and gets `gets`; `check` raises if it does not."""

    client: str
    asks: str
    gets: str
    on: str
    check: Check


ROWS: list[Row] = []


def row(client: str, asks: str, gets: str, on: str = "plain") -> Callable[[Check], Check]:
    """A check of what a client asks becomes a row."""

    def add(check: Check) -> Check:
        ROWS.append(Row(client, asks, gets, on, check))
        return check

    return add


def chat(request: int = 7, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": f"request {request}"}], **more}


def post(body: bytes, *headers: str, version: str = "1.1", target: str = "") -> bytes:
    """A model call on the wire."""
    lines = [f"POST {target}/v1/chat/completions HTTP/{version}", "Host: x", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@contextmanager
def connected(server: ModelServer) -> Iterator[socket.socket]:
    """A connection of its own."""
    address = ("127.0.0.1", urlsplit(server.url).port or 0)
    with socket.create_connection(address, timeout=60) as made:
        yield made


def sent(server: ModelServer, *parts: bytes) -> bytes:
    """All that comes back on one connection, to its end."""
    with connected(server) as client, client.makefile("rb") as answer:
        for part in parts:
            client.sendall(part)
        return answer.read()


def status(answer: bytes) -> int:
    """The status of an answer on the wire."""
    return int(answer.split(b" ", 2)[1])


def refused(answer: bytes, wanted: int, named: str) -> None:
    """An answer on the wire is a refusal in OpenAI's form that says what is wrong."""
    assert status(answer) == wanted, answer
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert error["type"] == "invalid_request_error" and named in error["message"], error
