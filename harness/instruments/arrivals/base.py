"""What the engines of a load share: its clock, its end, and one record for each request.

Latency runs from the moment a request was due, so what a slow system does to those that wait is
never left out (Tene, "coordinated omission").
"""

import abc
import time
from collections.abc import Callable
from typing import Any

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.instruments.arrivals.records import Records

Clock = Callable[[], float]
Call = Callable[[int], Any]
"""`async def call(request)`, or a plain function: it raises where a request fails."""

TICK = 2e-6
"""Seconds; a moment this near is now. A virtual clock ticks in microseconds."""


class Engine(abc.ABC):
    """One load on one call; `run` it once, on an event loop. See `engine_for`.

    records: filled while it runs (those given, or new), moments counted from `begin` on its clock.
    cap: the most that may be in flight, None without a limit; peak: the most that were. cpu:
    seconds of the process. stopped_at: seconds in, if it was stopped before its time.
    """

    _changed: Any  # an event, of asyncio or of threads: who waits for the end is to look again

    def __init__(
        self,
        call: Call,
        plan: Plan,
        clock: Clock = time.perf_counter,
        records: Records | None = None,
    ) -> None:
        self.plan = plan
        self.cap = plan.cap
        self.peak = 0
        self.cpu = 0.0
        self.stopped_at: float | None = None
        self._dues = plan.arrivals.due if isinstance(plan.arrivals, Open) else None
        self.records = Records(len(self._dues or ())) if records is None else records
        self._call = call
        self._clock = clock
        self.begin = clock()
        self._deadline = plan.arrivals.duration + plan.drain  # seconds in, like all moments below
        self._walking = 0  # those who may still send
        self._busy = 0  # requests in flight
        self._stopping = False
        self._unsupported: NotImplementedError | None = None

    @abc.abstractmethod
    async def run(self) -> None:
        """Make the load. Raises NotImplementedError if the call does before any has succeeded."""

    def elapsed(self) -> float:
        """Seconds since the load began."""
        return self._clock() - self.begin

    def stop(self) -> None:
        """End arrivals now; once they have ended, do not wait for what is in flight either."""
        if self._stopping:
            self._deadline = 0.0
        else:
            self._end_early()
        self._changed.set()

    def _end_early(self) -> None:
        self._stopping = True
        self.stopped_at = self.elapsed()
        self._deadline = min(self._deadline, self.stopped_at + self.plan.drain)

    def _start_clocks(self) -> None:
        self.cpu, self.begin = time.process_time(), self._clock()

    def _is_over(self) -> bool:
        return not self._busy and (self._stopping or not self._walking)

    def _left(self) -> float:
        """Seconds that are still to be waited."""
        return 0.0 if self._is_over() else self._deadline - self.elapsed()

    def _leave(self) -> None:
        """One less may send."""
        self._walking -= 1
        if self._is_over():
            self._changed.set()

    def _is_ended(self) -> bool:
        """Whether nothing is to be sent any more."""
        arrivals = self.plan.arrivals
        limit = arrivals.limit if isinstance(arrivals, Closed) else len(arrivals.due)
        return self._stopping or len(self.records) == limit

    def _send(self, due: float, free: float) -> int:
        """A request is on its way; nobody could have sent it before `free`. Its number."""
        sent = self.elapsed()
        self.peak = max(self.peak, self._busy)
        if self._dues is not None:  # who waited for the next one may wake before this one
            due = self._dues[len(self.records)]
        return self.records.send(due, sent, sent - max(due, free))

    def _finish(self, request: int, error: BaseException | None) -> None:
        if isinstance(error, NotImplementedError) and not self.records.counts["ok"]:
            self._unsupported = error
            self._end_early()
        self._settle(request, "ok" if error is None else kinds.kind_of(error))
        self._busy -= 1
        if self._is_over():
            self._changed.set()

    def _settle(self, request: int, kind: str) -> None:
        """How a request ended; what took longer than the timeout was given up before."""
        end = self.elapsed()
        if self.plan.timeout is not None:
            limit = self.records.sent(request) + self.plan.timeout
            end, kind = (limit, kinds.TIMEOUT) if end > limit else (end, kind)
        self.records.finish(request, end, kind)

    def _close(self) -> None:
        """A record for what has not ended, and for what was due and had no chance to be sent."""
        for request in self.records.pending():
            self._settle(request, kinds.UNFINISHED)
        until = self.elapsed() if self.stopped_at is None else self.stopped_at
        for due in (self._dues or ())[len(self.records) :]:
            if due > until:
                break
            self.records.finish(self.records.send(due, until, 0.0), until, kinds.UNSENT)
        if self._unsupported is not None:
            raise self._unsupported
