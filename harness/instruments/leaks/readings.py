"""One reading after another of what a process holds, at the same point between runs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import tracemalloc
from array import array
from collections.abc import Callable, Iterator

import psutil

from harness.instruments.leaks.slope import Growth, judge

THRESHOLDS = {
    "memory": 64.0,  # bytes of Python memory
    "objects": 0.1,  # that the garbage collector knows
    "rss": 4096.0,  # bytes: a page
    "threads": 0.005,
    "descriptors": 0.005,
    "tasks": 0.005,  # pending
    "survivors": 0.05,  # of what a run built and let go
}
"""Rise a run from which a series that goes on rising is a leak."""


def collect() -> None:
    """Let the garbage collector finish: what a finalizer lets go may be garbage again."""
    for _ in range(3):
        if not gc.collect():
            break


@contextlib.contextmanager
def only_new() -> Iterator[None]:
    """The garbage collector knows only what is made within the block.

    A program of 200,000 objects is otherwise gone through at every reading. One that has frozen
    objects of its own is left as it is: they cannot be told apart afterwards.
    """
    if gc.get_freeze_count():
        yield
        return
    collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def pending() -> list[asyncio.Task[object]]:
    """Tasks of any event loop that are not done."""
    return [o for o in gc.get_objects() if type(o) is asyncio.Task and not o.done()]


def descriptors(process: psutil.Process) -> int:
    """Open descriptors, on Windows handles."""
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


class Readings:
    """Series of at most `count` readings, `step` runs apart; they take no memory while they grow.

    survivors: how many of the watched objects are alive.
    """

    def __init__(self, count: int, step: int, survivors: Callable[[], int]) -> None:
        self.step = step
        self._survivors = survivors
        self._process = psutil.Process()
        self._values = {name: array("q", bytes(8 * count)) for name in THRESHOLDS}
        self._taken = 0

    def take(self) -> None:
        """One more reading."""
        collect()
        memory = tracemalloc.get_traced_memory()[0]
        objects = gc.get_objects()
        reading = {
            "memory": memory,
            "objects": len(objects),
            "tasks": sum(type(o) is asyncio.Task and not o.done() for o in objects),
            "rss": self._process.memory_info().rss,
            "threads": self._process.num_threads(),
            "descriptors": descriptors(self._process),
            "survivors": self._survivors(),
        }
        del objects
        for name, value in reading.items():
            self._values[name][self._taken] = value
        self._taken += 1

    def values(self, name: str) -> list[int]:
        """The readings of one series so far."""
        return list(self._values[name][: self._taken])

    def overflowing(self) -> bool:
        """Whether threads or descriptors have grown so many that going on may break the process."""
        threads, files = self.values("threads"), self.values("descriptors")
        return threads[-1] - threads[0] > 400 or files[-1] - files[0] > 400

    def judged(self) -> dict[str, Growth]:
        """Each series against its threshold."""
        return {name: judge(self.values(name), self.step, T) for name, T in THRESHOLDS.items()}
