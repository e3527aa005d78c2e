"""The engine: sends what a plan asks for, in tasks or in threads, and records what became of it."""

import asyncio
import contextlib
import inspect
import math
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator, Iterator
from concurrent.futures import Future
from typing import Any

from harness.instruments.arrivals.base import TICK, Call, Clock, Engine
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.instruments.arrivals.records import Records

_BURST = 16  # requests sent in a row, when late, before those under way get a turn
_GRACE = 1.0  # seconds that calls have to take note of being cancelled


class TooMany(ValueError):
    """This machine cannot start so many threads."""


class Tasks(Engine):
    """Calls of an `async def`: one timer walks the schedule, and each request is a task.

    clock: seconds, of the same rate as the event loop's; a virtual loop brings its own.
    """

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._giving_up = self._is_held = False
        self._next = 0  # of the schedule
        self._free = 0.0  # since when the cap, and not the generator, has held nobody back
        arrivals = self.plan.arrivals
        self._walking = arrivals.users if isinstance(arrivals, Closed) else 1
        self._start_clocks()
        if isinstance(arrivals, Closed):
            for _ in range(arrivals.users):
                self._keep(self._user(arrivals))
        else:
            self._send_due()
        try:
            while (left := self._left()) > TICK:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None if left == math.inf else left):
                        await self._changed.wait()
            self.cpu = time.process_time() - self.cpu
        finally:
            self._stopping = self._giving_up = True
            for task in self._tasks:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        self._close()

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Start a task; the event loop alone would not keep it alive."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send_due(self) -> None:
        """Open loop: whatever is due, as far as the cap allows; again when the next one is.

        Moments are absolute, so that one late waking does not delay the next.
        """
        dues, first = self._dues or (), self._next
        while not self._stopping:
            if self._next == len(dues):
                self._leave()
                return
            if (left := dues[self._next] - self.elapsed()) > TICK:  # uvloop wakes early, too
                self._loop.call_later(left, self._send_due)
                return
            if self._busy == self.cap:
                self._is_held = True
                return
            if self._next >= first + _BURST and dues[self._next] > dues[self._next - 1]:
                self._loop.call_soon(self._send_due)
                return
            self._next += 1
            self._busy += 1
            self._keep(self._arrival(self._free))

    async def _arrival(self, free: float) -> None:
        await self._request(0.0, free)
        if self._is_held:
            self._is_held, self._free = False, self.elapsed()
            self._send_due()

    async def _user(self, arrivals: Closed) -> None:
        """Closed loop: one user, who sends, waits for the reply and thinks."""
        due = 0.0
        while due < arrivals.duration:
            await asyncio.sleep(0)  # also where no call ever waits
            while (left := due - self.elapsed()) > TICK:
                await asyncio.sleep(left)
            if self._is_ended():
                break
            self._busy += 1
            await self._request(due, due)
            due = self.elapsed() + arrivals.think
        self._leave()

    async def _request(self, due: float, free: float) -> None:
        request, error = self._send(due, free), None
        try:
            if self.plan.timeout is None:
                result = await self._call(request)
            else:
                async with asyncio.timeout(self.plan.timeout):
                    result = await self._call(request)
            if result is not None:
                await _made(result)
        except (Exception, SystemExit, asyncio.CancelledError) as caught:
            error = caught
        if not (self._giving_up and isinstance(error, asyncio.CancelledError)):
            self._finish(request, error)


class Threads(Engine):
    """Calls of a plain function: threads take the next request, wait until it is due, and call.

    One more is started when the last that waited has gone to call, up to the cap. A thread cannot
    be cancelled: a call that timed out keeps its thread, and its place among those in flight, until
    it ends. They are daemons: a call that never ends does not keep the process from ending.
    """

    def __init__(
        self,
        call: Call,
        plan: Plan,
        clock: Clock = time.perf_counter,
        records: Records | None = None,
    ) -> None:
        super().__init__(call, plan, clock, records)
        self.cap = self._most = plan.threads
        self._lock = threading.Lock()
        self._begun, self._changed = threading.Event(), threading.Event()
        self._going_on = threading.Lock()  # held while the load is on: to wait until it is over
        self._threads: list[threading.Thread] = []

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(self.make)
        except asyncio.CancelledError:
            self.stop()
            self.stop()
            raise

    def make(self) -> None:
        """The same without an event loop. Starting its first threads is not part of the load.

        Raises TooMany.
        """
        arrivals = self.plan.arrivals
        if isinstance(arrivals, Open):
            first = [iter(arrivals.due)] * self.plan.ready  # one, that they share
        else:
            first = [self._turns(arrivals) for _ in range(arrivals.users)]
        self._walking = len(first)
        with self._going_on:
            try:
                for dues in first:
                    self._start(dues)
            except RuntimeError as error:
                self._stopping = True
                self._begun.set()  # those that have started end
                raise TooMany(f"{len(first)} threads: {error}") from error
            self._start_clocks()
            self._begun.set()
            try:
                while (left := self._left()) > TICK:
                    self._changed.wait(min(left, threading.TIMEOUT_MAX))
                    self._changed.clear()
                self.cpu = time.process_time() - self.cpu
            finally:
                self._stopping = True
        with self._lock:
            self._close()
            is_stuck = self._busy > 0
        for thread in () if is_stuck else self._threads:
            thread.join()

    def _turns(self, arrivals: Closed) -> Iterator[float]:
        """When one user is due, who waits for the reply and thinks."""
        due = 0.0
        while due < arrivals.duration:
            yield due
            due = self.elapsed() + arrivals.think

    def _start(self, dues: Iterator[float]) -> None:
        thread = threading.Thread(target=self._work, args=(dues,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _wait(self, seconds: float) -> None:
        """Until the load is over, if that is before; -1: until then."""
        if self._going_on.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            self._going_on.release()

    def _work(self, dues: Iterator[float]) -> None:
        self._begun.wait()
        for due in dues:
            free = self.elapsed()
            if due > free:
                self._wait(due - free)
            with self._lock:
                if self._is_ended():
                    break
                self._busy += 1
                request, error = self._send(due, free), None
                # Is nobody left to send the next one?
                one_more = self._busy == self._walking < self._most and not self._is_ended()
                self._walking += one_more
            if one_more:
                self._start(dues)
            try:
                result = self._call(request)
                if isinstance(result, Awaitable | Future | Generator | AsyncGenerator):
                    made = asyncio.run_coroutine_threadsafe(_made(result), self._loop)
                    made.result(self.plan.timeout)
            except BaseException as caught:  # also of a call that wants to end its thread
                error = caught
            with self._lock:
                self._finish(request, error)
        with self._lock:
            self._leave()
        self._wait(-1)  # ending it is not part of the load


async def _made(result: Any) -> None:
    """See to the work that a call has only begun, as an `async def` behind a decorator does."""
    while isinstance(result, Awaitable | Future):
        result = await (asyncio.wrap_future(result) if isinstance(result, Future) else result)
    if isinstance(result, Generator | AsyncGenerator):
        kind = type(result).__name__
        raise NotImplementedError(f"it returns a {kind}, of which nothing has run: go through it")


def engine_for(
    call: Call, plan: Plan, clock: Clock = time.perf_counter, records: Records | None = None
) -> Engine:
    """The engine for `call`, by whether it is an `async def`, or an object called as one."""
    return (Tasks if is_async(call) else Threads)(call, plan, clock, records)


def is_async(call: Call) -> bool:
    """Whether a call is an `async def`, or an object called as one."""
    called = getattr(call, "__call__", None)  # noqa: B004 - its kind is asked
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(called)
