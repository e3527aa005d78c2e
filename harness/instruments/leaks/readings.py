"""One reading after another of what a process holds, at the same point between runs."""

from __future__ import annotations

import asyncio
import gc
from array import array
from collections.abc import Callable, Mapping

import psutil

from harness.instruments.leaks.slope import FEWEST, GROWS, LEVEL, Growth, judge
from harness.instruments.memory import live_bytes, settle

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

BYTES = THRESHOLDS["memory"]

Source = Callable[[], int]


def pending() -> list[asyncio.Task[object]]:
    """Tasks of any event loop that are not done."""
    return [o for o in gc.get_objects() if type(o) is asyncio.Task and not o.done()]


def sources(survivors: Source) -> dict[str, Source]:
    """All that can be read. survivors: how many of the watched objects are alive."""
    process = psutil.Process()
    return {
        "memory": live_bytes,
        "objects": lambda: len(gc.get_objects()),
        "tasks": lambda: len(pending()),
        "rss": lambda: process.memory_info().rss,
        "threads": process.num_threads,
        "descriptors": process.num_fds,
        "survivors": survivors,
    }


def doubtful(growths: Mapping[str, Growth]) -> bool:
    """Whether a series that decides is unclear. Resident memory alone is too coarse to decide."""
    return any(g.kind not in (GROWS, LEVEL) for name, g in growths.items() if name != "rss")


class Readings:
    """Series of at most `count` readings, `step` runs apart; they take no memory while they grow.

    sources: what is read, by a name of THRESHOLDS.
    """

    def __init__(self, count: int, step: int, sources: Mapping[str, Source]) -> None:
        self.step = step
        self._sources = sources
        self._values = {name: array("q", bytes(8 * count)) for name in sources}
        self._taken = 0

    def take(self) -> None:
        """One more reading."""
        settle()
        for name, read in self._sources.items():
            self._values[name][self._taken] = read()
        self._taken += 1

    def values(self, name: str) -> list[int]:
        """The readings of one series so far."""
        return list(self._values[name][: self._taken])

    def overflowing(self) -> bool:
        """Whether threads or descriptors have grown so many that going on may break the process."""
        threads, files = self.values("threads"), self.values("descriptors")
        return threads[-1] - threads[0] > 400 or files[-1] - files[0] > 400

    def settled(self) -> bool:
        """Whether no series that decides can be rising: more readings would not change that."""
        if self._taken < FEWEST:
            return False
        late = {name: each.late for name, each in self.judged().items() if name != "rss"}
        return all(each and each.high <= THRESHOLDS[name] for name, each in late.items())

    def judged(self) -> dict[str, Growth]:
        """Each series against its threshold."""
        return {
            name: judge(self.values(name), self.step, THRESHOLDS[name]) for name in self._values
        }


def kept(growth: Growth) -> float:
    """Bytes that each run keeps by a series of memory; 0 unless it goes on growing.

    In whole multiples of BYTES, so that the same code gives the same number.
    """
    return growth.pace // BYTES * BYTES if growth.kind == GROWS else 0.0


def bytes_kept(run: Callable[[int], object], readings: int = 40, step: int = 2) -> float:
    """Bytes of Python memory that each run keeps, of `run(k)`, which makes k runs.

    Warm, and within `traced` and `only_new`.
    """
    taken = Readings(readings, step, {"memory": live_bytes})
    for _ in range(readings):
        run(step)
        taken.take()
        if taken.settled():
            break
    return kept(taken.judged()["memory"])
