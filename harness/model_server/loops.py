"""Event loops of servers: as exact as they can be, until they are told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from time import monotonic
from typing import Any, TypeVar

from harness.common import child

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop, whose timers and sockets are faster, or on asyncio where it is missing."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def told_to_stop() -> asyncio.Event:
    """Set on SIGINT or SIGTERM, and in a child when its parent asks or has died."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    child.on_stop(lambda: loop.call_soon_threadsafe(end.set))
    return end


async def until(moment: float) -> None:
    """Wait for a moment of `time.monotonic`. Never wakes before it.

    A loop rounds its timers to a millisecond, uvloop also down: the rest is waited for again. How
    late it wakes depends on the machine: docs/model-server.md has it measured.
    """
    while (wait := moment - monotonic()) > 0:
        await asyncio.sleep(wait)
