"""A server that a person starts: where it listens, or one line about why it cannot."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def served(serve: Callable[[Callable[[int], object]], T], port: int) -> T:
    """What `serve` returns, which is called with what to call once it listens.

    Raises ValueError, one line, if nothing can listen on the port.
    """
    try:
        return serve(_say)
    except OSError as error:
        raise ValueError(f"cannot listen on port {port}: {error.strerror}") from None


def _say(port: int) -> None:
    print(f"http://127.0.0.1:{port}/v1  (Ctrl-C ends it)", flush=True)
