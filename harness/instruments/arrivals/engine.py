"""The engine: sends what a plan asks for and records what became of each request.

Latency runs from the moment a request was due, so what a slow system does to those that wait is
never left out (Tene, "coordinated omission"). Every request gets exactly one record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.calls import Call, Clock, Threads, calls
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.instruments.arrivals.records import Records
from harness.instruments.arrivals.timer import Timer

_BURST = 16  # requests sent in a row, when late, before those under way get a turn
_GRACE = 1.0  # seconds that calls have to take note of being cancelled


class Engine:
    """One load on one call; `run` it once, on an event loop.

    clock: seconds, of the same rate as the event loop's; a virtual loop brings its own.
    records: filled while it runs, moments counted from its begin.
    peak: most requests in flight; stopped_at: seconds in, if it was stopped before its time.
    """

    def __init__(self, call: Call, plan: Plan, clock: Clock | None = None) -> None:
        self.plan = plan
        self.records = Records(len(plan.arrivals.due) if isinstance(plan.arrivals, Open) else 0)
        self.peak = 0
        self.stopped_at: float | None = None
        self._now = clock or time.perf_counter
        self._real = clock is None
        self._calls = calls(call, self._now, plan.threads)
        self._cap = plan.threads if isinstance(self._calls, Threads) else plan.cap
        self._tasks: set[asyncio.Task[None]] = set()
        self._begin = self._now()  # again when it runs
        self._busy = 0
        self._stopping = False
        self._unsupported: NotImplementedError | None = None

    async def run(self) -> None:
        """Make the load. Raises NotImplementedError if that is what the call raises."""
        self._begin = self._freed = self._now()
        self._deadline = self._begin + self.plan.arrivals.duration + self.plan.drain
        self._slot_freed = asyncio.Event()
        self._hurry = asyncio.Event()
        self._arrivals = asyncio.create_task(self._arrive())
        try:
            await asyncio.wait([self._arrivals], timeout=self._deadline - self._begin)
            self._stopping = True
            self._arrivals.cancel()
            self._leave_unsent()
            await self._drain()
            await self._give_up()
        finally:
            for task in (self._arrivals, *self._tasks):
                task.cancel()
            self._calls.close()
        if self._unsupported is not None:
            raise self._unsupported
        if self._arrivals.done() and not self._arrivals.cancelled():
            self._arrivals.result()

    def elapsed(self) -> float:
        """Seconds since the load began."""
        return self._now() - self._begin

    def stop(self) -> None:
        """End arrivals now; once they have ended, do not wait for what is in flight either."""
        if self._stopping:
            self._hurry.set()
        else:
            self._end_early()

    def _end_early(self) -> None:
        self._stopping = True
        self.stopped_at = self.elapsed()
        self._deadline = min(self._deadline, self._now() + self.plan.drain)
        self._arrivals.cancel()

    async def _arrive(self) -> None:
        if isinstance(self.plan.arrivals, Open):
            await self._schedule(self.plan.arrivals)
        else:
            closed = self.plan.arrivals
            await asyncio.wait([self._keep(self._user(closed)) for _ in range(closed.users)])

    async def _schedule(self, arrivals: Open) -> None:
        """Open loop: send each request when it is due, or as soon after as the cap allows."""
        held = self._begin  # until when the cap, and not the generator, held requests back
        with Timer(self._now, self._real) as timer:
            for offset in arrivals.due:
                due = self._begin + offset
                await timer.until(due)
                while self._cap is not None and self._busy >= self._cap:
                    self._slot_freed.clear()
                    await self._slot_freed.wait()
                    held = self._freed
                self._busy += 1
                request = self.records.add(offset)
                self._keep(self._send(request, max(due, held)))
                if request % _BURST == 0:
                    await asyncio.sleep(0)

    async def _user(self, arrivals: Closed) -> None:
        """Closed loop: one user, who sends, waits for the reply and thinks."""
        due, end = self._begin, self._begin + arrivals.duration
        while due < end:
            await asyncio.sleep(max(0.0, due - self._now()))
            if self._stopping or len(self.records) == arrivals.limit:
                break
            self._busy += 1
            await self._send(self.records.add(due - self._begin), due)
            due = self._now() + arrivals.think

    async def _send(self, request: int, due: float) -> None:
        """One request. due: the moment from which on nothing but the generator held it back."""
        sent = self._now()
        self.records.send(request, sent - self._begin, sent - due)
        self.peak = max(self.peak, self._busy)
        end = None
        try:
            async with asyncio.timeout(self.plan.timeout) as limit:
                end = await self._calls.perform(request, self._release)
            kind = kinds.TIMEOUT if limit.expired() else "ok"
        except asyncio.CancelledError:
            kind = kinds.UNFINISHED if self._stopping else "cancelled"
        except (Exception, SystemExit) as error:
            kind = kinds.kind_of(error)
            if isinstance(error, NotImplementedError):
                self._unsupported = error
                self._end_early()
        self.records.finish(request, (self._now() if end is None else end) - self._begin, kind)

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task; the event loop alone would not keep it alive."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _release(self) -> None:
        self._busy -= 1
        self._freed = self._now()
        self._slot_freed.set()

    def _leave_unsent(self) -> None:
        """A record for each request that was due by now and had no chance to be sent."""
        if isinstance(self.plan.arrivals, Open):
            now = self.elapsed()
            for offset in self.plan.arrivals.due[len(self.records) :]:
                if offset > now:
                    break
                self.records.leave_unsent(offset, now)

    async def _drain(self) -> None:
        """Wait for what is in flight, till the deadline or until somebody is in a hurry."""
        if self._tasks:
            hurry = asyncio.create_task(self._hurry.wait())
            flight = asyncio.create_task(asyncio.wait(self._tasks))
            left = max(0.0, self._deadline - self._now())
            first = asyncio.FIRST_COMPLETED
            await asyncio.wait([hurry, flight], timeout=left, return_when=first)
            hurry.cancel()
            flight.cancel()

    async def _give_up(self) -> None:
        """Cancel what is still in flight; whatever ignores that is unfinished all the same."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        for request in range(len(self.records)):
            if self.records.pending(request):
                self.records.finish(request, self.elapsed(), kinds.UNFINISHED)
