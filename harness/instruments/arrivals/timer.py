"""Waiting for a moment with little lateness and little CPU time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from queue import SimpleQueue
from types import TracebackType

from harness.instruments.arrivals.calls import Clock

NEAR = 0.002
"""Seconds before a moment from which on a thread waits for it. An event loop sleeps in whole
milliseconds; uvloop rounds down and wakes early, asyncio rounds up and wakes late. A thread sleeps
to the twentieth of a millisecond, and 1,000 times a second cost a tenth of a core."""

TICK = 2e-6
"""Seconds; a moment this near is now. A virtual clock ticks in microseconds."""

Order = tuple[float, "asyncio.Future[None]"]


class Timer:
    """Waits by absolute moments, so that one late waking does not delay the next.

    A context manager; one wait at a time. real: the clock is of real time, and not one that
    jumps to the event loop's next timer, of which a thread would know nothing.
    """

    def __init__(self, clock: Clock, real: bool) -> None:
        self._clock = clock
        self._real = real
        self._orders: SimpleQueue[Order | None] = SimpleQueue()

    def __enter__(self) -> Timer:
        if self._real:
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._keep_time, args=(loop,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._orders.put(None)

    async def until(self, moment: float) -> None:
        """Return at `moment` or after it; a moment gone by does not even yield."""
        while (left := moment - self._clock()) > TICK:
            if not self._real:
                await asyncio.sleep(left)
            elif left > 2 * NEAR:
                await asyncio.sleep(left - NEAR)
            else:
                rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._orders.put((moment, rung))
                await rung

    def _keep_time(self, loop: asyncio.AbstractEventLoop) -> None:
        while (order := self._orders.get()) is not None:
            moment, rung = order
            if (left := moment - self._clock()) > 0:
                time.sleep(left)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(_ring, rung)


def _ring(rung: asyncio.Future[None]) -> None:
    if not rung.done():  # the wait was cancelled
        rung.set_result(None)
