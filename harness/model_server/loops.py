"""Event loops of servers: as exact as they can be, until they are to stop."""

import asyncio
import contextlib
import importlib
import logging
import signal
from collections.abc import Coroutine
from time import monotonic
from typing import Any, TypeVar

from harness.common import child

T = TypeVar("T")


def new() -> asyncio.AbstractEventLoop:
    """A loop of uvloop, whose timers and sockets are faster, or of asyncio where it is missing."""
    with contextlib.suppress(ImportError):  # measured environments have none, and need none
        loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
        return loop
    return asyncio.new_event_loop()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a server on such a loop."""
    logging.getLogger("aiohttp.server").addFilter(_without_clients)
    with asyncio.Runner(loop_factory=new) as runner:
        return runner.run(main)


def _without_clients(record: logging.LogRecord) -> bool:
    """What a client did wrong is a line in the log, without aiohttp's trace; that it left is none.

    What this server did wrong keeps its trace.
    """
    error = record.exc_info[1] if record.exc_info else None
    if type(error).__module__.startswith("aiohttp."):
        reason = " ".join(str(error).split())
        record.msg, record.args = f"{record.getMessage()}: {reason:.70}", ()
        record.exc_info = None
    return not isinstance(error, ConnectionError)


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
