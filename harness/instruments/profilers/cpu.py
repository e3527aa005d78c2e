"""CPU: of a run that is not profiled, and of every call in every thread, with cProfile.

Calls are exact, as far as the runs repeat. A profiled function is slower than it is in life,
small ones most. cProfile's own clock is the cheapest, but it goes on while a thread waits or
another program runs; where that is much, everything is timed again by the CPU time of the
thread, a clock that costs small functions several times as much.
"""

import contextlib
import cProfile
import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Self

from harness.instruments.counters.counts import undisturbed
from harness.instruments.profilers import tables
from harness.instruments.profilers.places import Places, Row, summed
from harness.instruments.profilers.scenarios import Scenario

BATCHES = 5
"""Of runs that are not profiled; the fastest is reported."""

READINGS = 10
"""Parts into which the runs are divided; each function has the pace of its fastest part."""

ONE_FOR_ALL = sys.version_info >= (3, 12)
"""From 3.12 on cProfile hooks all threads by itself, and no two of it can be on at once."""

DISTURBED = 1.25
"""How much longer functions may take than the process has CPU before they are timed by CPU."""


New = Callable[[], cProfile.Profile]


class AllThreads:
    """Context manager: cProfile in all threads that are started within, and while `reading`.

    From Python 3.12 on one profile hears all threads and takes the calls of threads that take
    turns for nested ones: calls stay right, times among threads do not (`mixed`).
    """

    mixed = False

    def __init__(self, new: New) -> None:
        self._new = new
        self._main = new()
        self._profiles = [self._main]

    def __enter__(self) -> Self:
        threading.setprofile(self._thread_begins)
        return self

    def __exit__(self, *raised: object) -> None:
        threading.setprofile(None)

    def _thread_begins(self, frame: FrameType, event: str, arg: object) -> None:
        sys.setprofile(None)
        if ONE_FOR_ALL:
            self.mixed = True
        else:
            profile = self._new()
            self._profiles.append(profile)
            profile.enable()

    def reading(self, scenario: Scenario, runs: int) -> tables.Table:
        """What `runs` runs call, in this thread and in the others."""
        before = tables.table_of(list(self._profiles))
        self._main.enable()
        try:
            scenario.run(runs)
        finally:
            self._main.disable()
        # No profile is cleared: that would break those of threads that go on.
        return tables.minus(tables.table_of(list(self._profiles)), before)


def take(scenario: Scenario, places: Places, runs: int) -> Row:
    """The `cpu` section of a profile (docs/profiling.md has its form)."""
    each = max(scenario.at_once, runs // READINGS)
    found = _measure(scenario, places, each)
    if found["seconds"] + found["waiting_seconds"] > DISTURBED * found["process_seconds"]:
        clock = time.process_time if ONE_FOR_ALL else time.thread_time
        found = _measure(scenario, places, each, partial(cProfile.Profile, clock))
        found["clock"] = "cpu"
    return found


def _measure(scenario: Scenario, places: Places, runs: int, new: New = cProfile.Profile) -> Row:
    """READINGS readings of `runs` runs each, timed by the clock of a new profile."""
    with undisturbed(), AllThreads(new) as profiler:
        profiler.reading(scenario, runs)
        empty = profiler.reading(scenario, 0)
        took, whole = [], []
        for _ in range(READINGS):
            begin = time.process_time()
            whole.append(profiler.reading(scenario, runs))
            took.append(time.process_time() - begin)
    readings = [tables.minus(table, empty) for table in whole]
    totals = [_calls(table) / runs for table in readings]
    table = tables.per_run(readings, runs)
    rows = summed(
        (
            places.row(name, file, line=line, **cost._asdict())
            for (file, line, name), cost in tables.functions(table).items()
        ),
        *tables.Cost._fields,
    )
    waiting = sum(row["own"] for row in rows if row["group"] == "waiting")
    return {
        "runs": runs * READINGS,
        "clock": "wall",
        "calls": _calls(table),
        "calls_vary_by": max(totals) - min(totals),
        "seconds": sum(row["own"] for row in rows) - waiting,
        "waiting_seconds": waiting,
        "process_seconds": min(took) / runs,
        "threads_mixed": profiler.mixed,
        "functions": rows,
        "packages": packages(rows),
        "tree": tables.icicle(tables.per_run(whole, runs), places),
    }


def _calls(table: tables.Table) -> float:
    return sum(cost.calls for cost in tables.functions(table).values())


def packages(functions: list[Row]) -> list[Row]:
    """Calls and own seconds of a run by package, most seconds first, with shares; no waiting."""
    fields = ("group", "package", "calls", "own")
    working = [
        {name: row[name] for name in fields} for row in functions if row["group"] != "waiting"
    ]
    total = sum(row["own"] for row in working) or 1.0
    rows = summed(working, "calls", "own", by=("group", "package"))
    return [row | {"share": row["own"] / total} for row in rows]


@contextlib.contextmanager
def garbage_collections() -> Iterator[list[float]]:
    """CPU seconds of each garbage collection within."""
    seconds: list[float] = []

    def hear(phase: str, info: object) -> None:
        # A collection starts and stops in the thread that set it off.
        if phase == "start":
            seconds.append(-time.thread_time())
        elif seconds:
            seconds[-1] += time.thread_time()

    gc.callbacks.append(hear)
    try:
        yield seconds
    finally:
        gc.callbacks.remove(hear)


def unprofiled(scenario: Scenario, places: Places, runs: int) -> Row:
    """The `time` section of a profile: fastest of BATCHES batches of runs, without a profiler."""
    wall, cpu = [], []
    with garbage_collections() as garbage:
        for _ in range(BATCHES):
            walls, cpus = time.perf_counter(), time.process_time()
            scenario.run(runs)
            cpu.append(time.process_time() - cpus)
            wall.append(time.perf_counter() - walls)
    return {
        "runs": runs * BATCHES,
        "cpu_seconds": min(cpu) / runs,
        "wall_seconds": min(wall) / runs,
        "gc_collections": len(garbage) / (runs * BATCHES),
        "gc_share": sum(garbage) / sum(cpu) if sum(cpu) else 0.0,
    }
