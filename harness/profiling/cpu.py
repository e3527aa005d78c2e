"""CPU, deterministic: every call of every function in every thread, with cProfile.

A profiled function is slower than it is in life, small ones most; calls are exact, as far as
the runs repeat. cProfile reads the clock (a timer of CPU time takes several times as long), so
what C functions wait is told apart by their names, and is in the cumulative times above them.
"""

from __future__ import annotations

import cProfile
import sys
import threading
from types import FrameType
from typing import Any

from harness.allocations import WARM_UP
from harness.counts import undisturbed
from harness.profiling.callgraph import icicle
from harness.profiling.places import Places
from harness.profiling.scenarios import Scenario
from harness.profiling.tables import Table, describe

ONE_FOR_ALL = sys.version_info >= (3, 12)
"""From 3.12 on cProfile hooks all threads by itself, and no two of it can be on at once."""


class AllThreads:
    """Context manager: cProfile in all threads that are started within, and while `reading`.

    From Python 3.12 on one profile hears all threads and takes the calls of threads that take
    turns for nested ones: calls stay right, times among threads do not (`mixed`).
    """

    def __init__(self) -> None:
        self._main = cProfile.Profile()
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
            profile = cProfile.Profile()
            self._profiles.append(profile)
            profile.enable()

    @property
    def mixed(self) -> bool:
        """Whether times among threads are unreliable."""
        return ONE_FOR_ALL and self._started

    def reading(self, scenario: Scenario, runs: int) -> Table:
        """What `runs` runs call, in this thread and in the others."""
        before = self._table()
        self._main.enable()
        try:
            scenario.run(runs)
        finally:
            self._main.disable()
        return self._table().minus(before)

    def _table(self) -> Table:
        """Everything heard so far, of threads that go on, too: to clear would break theirs."""
        result = Table()
        for profile in list(self._profiles):
            result.add(profile.getstats())
        return result


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `cpu` section of a profile (docs/profiling.md has its form)."""
    with undisturbed(), AllThreads() as profiler:
        scenario.run(WARM_UP)
        empty = profiler.reading(scenario, 0)
        readings = [profiler.reading(scenario, runs).minus(empty) for _ in range(2)]
        mixed = profiler.mixed
    totals = [table.calls / runs for table in readings]
    table = readings[totals.index(min(totals))]
    functions = _functions(table, places, runs)
    waiting = sum(each["own"] for each in functions if each["group"] == "waiting")
    return {
        "runs": runs,
        "calls": min(totals),
        "calls_vary_by": max(totals) - min(totals),
        "seconds": sum(each["own"] for each in functions) - waiting,
        "waiting_seconds": waiting,
        "threads_mixed": mixed,
        "functions": functions,
        "tree": icicle(table, places, runs),
    }


def _functions(table: Table, places: Places, runs: int) -> list[dict[str, Any]]:
    """Per run, by own time; functions of one name in one file are added up."""
    rows: dict[str, dict[str, Any]] = {}
    for place, cost in table.functions.items():
        where = describe(place, places)
        row = rows.setdefault(
            where["function"], where | {"calls": 0.0, "own": 0.0, "cumulative": 0.0}
        )
        row["calls"] += cost.calls / runs
        row["own"] += cost.own / runs
        row["cumulative"] += cost.cumulative / runs
    return sorted(rows.values(), key=lambda row: (-row["own"], row["function"]))
