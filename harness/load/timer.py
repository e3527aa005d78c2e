"""Waiting for a moment with little lateness and little CPU time."""

from __future__ import annotations

import asyncio

from .calls import Clock

EARLY = 0.0005
"""Seconds before a moment at which sleeping ends and yielding begins. Event loops sleep in whole
milliseconds and are woken late; a yield comes back within microseconds."""

SHARE = 0.2
"""The most of the time that may pass yielding: beyond it, sleeping has to do."""

TICK = 2e-6
"""Seconds; a moment this near is now. A virtual clock ticks in microseconds."""


class Timer:
    """Waits by absolute moments, so that one late waking does not delay the next.

    early: seconds of the wait that are spent yielding; 0 on a clock that stands still meanwhile.
    """

    def __init__(self, clock: Clock, early: float) -> None:
        self._clock = clock
        self._early = early
        self._begin = clock()
        self._yielded = 0.0

    async def until(self, moment: float) -> None:
        """Return at `moment` or after it; a moment gone by does not even yield."""
        while (left := moment - (now := self._clock())) > TICK:
            if left > self._early:
                await asyncio.sleep(left - self._early)
            elif self._yielded < SHARE * (now - self._begin):
                await asyncio.sleep(0)
                self._yielded += self._clock() - now
            else:
                await asyncio.sleep(left)
