"""Event loops of servers: as exact as they can be, until they are told to stop."""

from __future__ import annotations

import asyncio
import heapq
import itertools
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


class Alarm:
    """Wakes coroutines at moments of `time.monotonic`, all of them with one timer of the loop.

    A loop rounds each timer to a millisecond; uvloop also down. One that wakes too early is set
    again for the rest, so nobody wakes before the moment. How late they do depends on the machine:
    docs/model-server.md has it measured. (Waking 1 ms early and yielding until the moment comes
    would cost the whole core.)
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def at(self, moment: float) -> asyncio.Future[None]:
        """A future that is done once `moment` has come."""
        future = self._loop.create_future()
        heapq.heappush(self._waiting, (moment, next(self._order), future))
        if self._waiting[0][2] is future:
            self._set()
        return future

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait = self._waiting[0][0] - monotonic()
        self._timer = self._loop.call_later(max(wait, 0.0), self._ring)

    def _ring(self) -> None:
        self._timer = None
        now = monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():  # its client may have gone
                future.set_result(None)
        if self._waiting:
            self._set()
