"""When each piece of an answer is due.

Everything is computed from the moment a request arrived, never from the moment something else
was really sent: a late wake-up delays one piece and nothing after it.
"""

import heapq
from collections.abc import Sequence

from harness.model_server.settings import Settings


class Timetable:
    """Slots and pauses of one server. Moments are seconds of `time.monotonic`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.clear()

    def clear(self) -> None:
        """Start anew: all slots are free, and pauses count from the next request."""
        self._zero: float | None = None
        self._free = [0.0] * (self._settings.slots or 0)

    def due(self, arrived: float, after: Sequence[float]) -> list[float] | None:
        """Moments of the pieces that come `after` so many seconds of work; None if rejected.

        With n slots a call begins when it arrives or when one of the n calls before it is due to
        end, in the order of arrival. It keeps its slot to its last piece even if its client has
        gone: a server that does not look up from its work.
        """
        if self._zero is None:
            self._zero = arrived
        begin = self._awake(arrived)
        if not self._free:
            return [self._awake(begin + seconds) for seconds in after]
        if self._free[0] > begin:
            if self._settings.reject:
                return None
            begin = self._free[0]
        moments = [self._awake(begin + seconds) for seconds in after]
        heapq.heapreplace(self._free, moments[-1])
        return moments

    def _awake(self, moment: float) -> float:
        """The moment, or the end of the pause that it falls into.

        Work under way goes on meanwhile: what is due after a pause is not held up by it.
        """
        for at, seconds in self._settings.pauses:
            begin = (self._zero or 0.0) + at
            if begin <= moment < begin + seconds:
                return begin + seconds
        return moment
