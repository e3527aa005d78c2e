"""Whether what a process holds goes on growing: one reading after another between runs, judged."""

import asyncio
import gc
import math
import statistics
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
"""Rise per run from which a series that goes on rising is a leak."""

HELD = ("memory", "objects", "survivors")
"""Series of what a cache may hold."""

BYTES = THRESHOLDS["memory"]

LAST, SLOWER = 5, 0.9
"""Rises that tell how a series ends, and how much smaller than those before they are then."""

FEWEST = 16
"""Readings below which nothing is said: eight in each half."""

_Z = statistics.NormalDist().inv_cdf(0.995)  # two-sided 99 %

GROWS, LEVEL, UNCLEAR = "grows", "level", "unclear"

Source = Callable[[], int]


@dataclass(frozen=True)
class Slope:
    """Rise for each run: the estimate and its 99 % interval."""

    estimate: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        return f"{self.estimate:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def slope(values: Sequence[float], step: float = 1.0) -> Slope:
    """Mean of the rises from reading to reading, with Student's 99 % interval.

    Of the rises and not of the levels: what a run leaves in memory is still there at the next
    reading, so levels are a walk. An interval of their trend takes a walk to nowhere for growth
    in one of ten cases. values: at least three, `step` runs apart.
    """
    rises = [after - before for before, after in pairwise(values)]
    mean = statistics.fmean(rises)
    margin = _student(len(rises) - 1) * statistics.stdev(rises) / math.sqrt(len(rises))
    return Slope(mean / step, (mean - margin) / step, (mean + margin) / step)


def _student(degrees: int) -> float:
    """Student's t for _Z (Cornish and Fisher's expansion; within 1 % from six degrees on)."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


@dataclass(frozen=True)
class Growth:
    """What a series does. whole, late: slopes of all of it and of its second half.

    pace: rise for each run in the second half, but for the largest: a table that was enlarged
    once is no growth.
    """

    kind: str
    reason: str
    whole: Slope | None = None
    late: Slope | None = None
    pace: float = 0.0


def judge(values: Sequence[float], step: float, threshold: float) -> Growth:
    """Whether the series goes on rising by more than `threshold` per run.

    A leak is what goes on: the interval of the whole series must lie above the threshold, and
    so must the rise of its second half. A cache that fills up rises, too, and stops. One that has
    not stopped yet, but rises ever more slowly, or not in the last readings, may or may not:
    unclear.
    """
    if len(values) < FEWEST:
        return Growth(UNCLEAR, f"{len(values)} readings, {FEWEST} are needed")
    half = len(values) // 2
    whole, late = slope(values, step), slope(values[half:], step)
    pace = _pace(values[half:], step)
    kind, reason = GROWS, "it rises to the end"
    if pace <= threshold:
        kind, reason = LEVEL, f"no lasting rise above {threshold:g} per run"
    elif whole.low <= threshold:
        kind, reason = UNCLEAR, "it may rise, but the interval holds no rise as well"
    elif _slows(values):
        kind, reason = UNCLEAR, "it still rises, but more slowly than before, as a cache that fills"
    return Growth(kind, reason, whole, late, pace)


def _slows(values: Sequence[float]) -> bool:
    """Whether rises become smaller: bit by bit, or those of the last readings.

    By a tenth and more, and so that Student's t of the correlation says it is no chance.
    """
    rises = [after - before for before, after in pairwise(values)]
    count = len(rises)
    return min(rises) < max(rises) and (
        _falls(rises, range(count)) or _falls(rises, [i >= count - LAST for i in range(count)])
    )


def _falls(rises: Sequence[float], marks: Sequence[float]) -> bool:
    """Whether rises with higher marks are smaller: the t of the correlation, and by how much."""
    middle = statistics.fmean(marks)
    early, late = (
        statistics.fmean(r for r, mark in zip(rises, marks, strict=True) if (mark > middle) == high)
        for high in (False, True)
    )
    r, degrees = statistics.correlation(marks, rises), len(rises) - 2
    t = r * math.sqrt(degrees / max(1e-9, 1 - r * r))
    return late < SLOWER * early and t < -_student(degrees)


def _pace(values: Sequence[float], step: float) -> float:
    """Mean rise for each run, without the largest of the rises."""
    rises = sorted(after - before for before, after in pairwise(values))
    return statistics.fmean(rises[:-1]) / step


def pending() -> list[asyncio.Task[object]]:
    """Tasks of any event loop that are not done."""
    return [o for o in gc.get_objects() if type(o) is asyncio.Task and not o.done()]


def sources(survivors: Source) -> dict[str, Source]:
    """All that can be read. survivors: how many of the watched objects are alive."""
    import psutil  # memory alone is read without it, where a count of bytes is all that is wanted

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

    def rise(self, name: str) -> int:
        """From the first reading of a series to the last one."""
        return self._values[name][self._taken - 1] - self._values[name][0]

    def settled(self) -> bool:
        """Whether no series that decides can be rising: more readings would not change that."""
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
