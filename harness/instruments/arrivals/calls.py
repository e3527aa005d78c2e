"""The two ways to make a call: on the event loop, or in a bounded number of threads."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any

Clock = Callable[[], float]
Release = Callable[[], None]
Outcome = tuple[float, BaseException | None]
"""When a call ended, and what it raised."""
Call = Callable[[int], Any]
"""`async def call(request)`, or a plain function: it raises where a request fails."""


class Coroutines:
    """Calls of an `async def`."""

    def __init__(self, call: Callable[[int], Awaitable[Any]], clock: Clock) -> None:
        self._call = call
        self._clock = clock

    async def perform(self, request: int, release: Release) -> float:
        """Make one call; `release` is called when it has ended. Returns when it ended."""
        try:
            await self._call(request)
            return self._clock()
        finally:
            release()

    def close(self) -> None:
        """Nothing is held."""


class Threads:
    """Calls of a plain function, each in one of at most `size` threads.

    A thread cannot be cancelled: a call that timed out keeps its thread, and its place among
    those in flight, until it ends. The threads are daemons, so a call that never ends does not
    keep the process from ending.
    """

    def __init__(self, call: Callable[[int], Any], clock: Clock, size: int) -> None:
        self._call = call
        self._clock = clock
        self._size = size
        self._waiting: queue.SimpleQueue[tuple[int, asyncio.Future[Outcome], Release] | None]
        self._waiting = queue.SimpleQueue()
        self._started = 0
        self._idle = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def perform(self, request: int, release: Release) -> float:
        """Make one call; `release` is called when it has ended. Returns when it ended."""
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = self._loop.create_future()
        # Both numbers change on the event loop only.
        if self._idle == 0 and self._started < self._size:
            self._started += 1
            threading.Thread(target=self._work, daemon=True).start()
        else:
            self._idle -= 1
        self._waiting.put((request, future, release))
        end, error = await future
        if error is not None:
            raise error
        return end

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            request, future, release = job
            error: BaseException | None = None
            try:
                self._call(request)
            except BaseException as caught:  # also of a call that wants to end its thread
                error = caught
            # The loop is gone if this call outlived the load.
            with contextlib.suppress(RuntimeError):
                assert self._loop is not None
                outcome = self._clock(), error
                self._loop.call_soon_threadsafe(self._finished, future, release, outcome)

    def _finished(
        self, future: asyncio.Future[Outcome], release: Release, outcome: Outcome
    ) -> None:
        self._idle += 1
        if not future.done():
            future.set_result(outcome)
        release()

    def close(self) -> None:
        """Let the threads end, each after the call it is in."""
        for _ in range(self._started):
            self._waiting.put(None)


def calls(call: Call, clock: Clock, threads: int) -> Coroutines | Threads:
    """The way to make `call`: as a coroutine if it is one, else in so many threads."""
    if is_async(call):
        return Coroutines(call, clock)
    return Threads(call, clock, threads)


def is_async(call: Call) -> bool:
    """Whether a call is an `async def`, or an object whose `__call__` is one."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004 - its kind is asked, not whether it is there
    )
