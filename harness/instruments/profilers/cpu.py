"""CPU, deterministic: every call of every function in every thread, with cProfile.

Calls are exact, as far as the runs repeat. A profiled function is slower than it is in life,
small ones most. cProfile's own clock is the cheapest, but it goes on while a thread waits or
another program runs; where that is much, everything is timed again by the CPU time of the
thread, a clock that costs small functions several times as much.
"""

from __future__ import annotations

import cProfile
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from harness.instruments.counters.allocations import WARM_UP
from harness.instruments.counters.counts import undisturbed
from harness.instruments.profilers.places import Places, summed
from harness.instruments.profilers.scenarios import Scenario
from harness.instruments.profilers.tables import (
    Cost,
    Table,
    functions,
    icicle,
    minus,
    per_run,
    table_of,
)

READINGS = 10
"""Parts into which the runs are divided; each function has the pace of its fastest part."""

ONE_FOR_ALL = sys.version_info >= (3, 12)
"""From 3.12 on cProfile hooks all threads by itself, and no two of it can be on at once."""


CLOCKS: dict[str, Callable[..., cProfile.Profile]] = {
    "wall": cProfile.Profile,
    "cpu": lambda: cProfile.Profile(time.process_time if ONE_FOR_ALL else time.thread_time),
}

DISTURBED = 1.25
"""How much longer functions may take than the process has CPU before they are timed by CPU."""


class AllThreads:
    """Context manager: cProfile in all threads that are started within, and while `reading`.

    From Python 3.12 on one profile hears all threads and takes the calls of threads that take
    turns for nested ones: calls stay right, times among threads do not (`mixed`).
    """

    def __init__(self, clock: Callable[..., Any]) -> None:
        self._new = clock
        self._main = self._new()
        self._profiles = [self._main]
        self._started = False

    def __enter__(self) -> AllThreads:
        threading.setprofile(self._thread_begins)
        return self

    def __exit__(self, *raised: object) -> None:
        threading.setprofile(None)

    def _thread_begins(self, frame: FrameType, event: str, arg: object) -> None:
        sys.setprofile(None)
        self._started = True
        if not ONE_FOR_ALL:
            profile = self._new()
            self._profiles.append(profile)
            profile.enable()

    @property
    def mixed(self) -> bool:
        """Whether times among threads are unreliable."""
        return ONE_FOR_ALL and self._started

    def reading(self, scenario: Scenario, runs: int) -> Table:
        """What `runs` runs call, in this thread and in the others."""
        before = table_of(list(self._profiles))
        self._main.enable()
        try:
            scenario.run(runs)
        finally:
            self._main.disable()
        # No profile is cleared: that would break those of threads that go on.
        return minus(table_of(list(self._profiles)), before)


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `cpu` section of a profile (docs/profiling.md has its form)."""
    each = max(scenario.at_once, runs // READINGS)
    scenario.run(WARM_UP)
    found = _measure(scenario, places, each, "wall")
    if found["seconds"] + found["waiting_seconds"] > DISTURBED * found["process_seconds"]:
        found = _measure(scenario, places, each, "cpu")
    return found


def _measure(scenario: Scenario, places: Places, runs: int, clock: str) -> dict[str, Any]:
    """READINGS readings of `runs` runs each, timed by this clock of CLOCKS."""
    with undisturbed(), AllThreads(CLOCKS[clock]) as profiler:
        profiler.reading(scenario, runs)
        empty = profiler.reading(scenario, 0)
        took, whole = [], []
        for _ in range(READINGS):
            begin = time.process_time()
            whole.append(profiler.reading(scenario, runs))
            took.append(time.process_time() - begin)
        mixed = profiler.mixed
    readings = [minus(table, empty) for table in whole]
    totals = [_calls(table) / runs for table in readings]
    table = per_run(readings, runs)
    rows = _rows(table, places)
    waiting = sum(row["own"] for row in rows if row["group"] == "waiting")
    return {
        "runs": runs * READINGS,
        "clock": clock,
        "calls": _calls(table),
        "calls_vary_by": max(totals) - min(totals),
        "seconds": sum(row["own"] for row in rows) - waiting,
        "waiting_seconds": waiting,
        "process_seconds": min(took) / runs,
        "threads_mixed": mixed,
        "functions": rows,
        "tree": icicle(per_run(whole, runs), places),
    }


def _calls(table: Table) -> float:
    return sum(cost.calls for cost in functions(table).values())


def _rows(table: Table, places: Places) -> list[dict[str, Any]]:
    """By own time; functions of one name in one file are added up."""
    rows = (
        places.row(name, file, line=line, **cost._asdict())
        for (file, line, name), cost in functions(table).items()
    )
    return summed(rows, *Cost._fields)
