"""What a package index does when it is broken, for tests of what is said then, and what goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local_index import JSON_TYPE, LocalIndex


def _answers(status: int, kind: str, body: bytes) -> Callable[[LocalIndex], None]:
    return lambda index: setattr(index, "broken", (status, kind, body))


FAULTS: dict[str, Callable[[LocalIndex], object]] = {
    "is down": lambda index: setattr(index, "down", True),
    "hangs": lambda index: index.held.add("*"),
    "answers a login page": _answers(200, "text/html", b"<html><form>Sign in</form></html>"),
    "answers bytes": _answers(200, JSON_TYPE, b"\x00\xff{[" * 50),
    "answers other JSON": _answers(200, JSON_TYPE, b'{"message": "hello"}'),
    "answers 403": _answers(403, "text/plain", b"no"),
    "answers 500": _answers(500, "text/plain", b"oops"),
    "is busy for hours": _answers(503, "text/plain", b"later"),
}

# Of the user's own settings: what waits, waits as long as it is told to, but not for minutes.
SHORT = {"UV_HTTP_TIMEOUT": "1", "UV_HTTP_RETRIES": "0"}


@contextmanager
def broken(index: LocalIndex, fault: str) -> Iterator[None]:
    """Within the block, the index does what the name of the fault says."""
    FAULTS[fault](index)
    try:
        yield
    finally:
        index.down, index.broken = False, None
        index.held.clear()
