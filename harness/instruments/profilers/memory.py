"""Memory with tracemalloc: how high a run goes, what stays, and the lines that hold that.

tracemalloc sees what Python's allocators hand out, and only what is still live when it looks:
where memory goes on growing, as `leaks` judges it, the lines that hold what more runs left. (What
is live at the peak is told by memray, see `memray_allocations`.) All figures are above what was
live before; garbage is collected before each look.
"""

from __future__ import annotations

import linecache
import tracemalloc
from pathlib import Path
from typing import Any

from harness.instruments.counters.allocations import peak_bytes
from harness.instruments.counters.counts import undisturbed
from harness.instruments.leaks.readings import Readings, kept
from harness.instruments.memory import PeakMeter, live_bytes, only_new, settle, traced
from harness.instruments.profilers.places import Places, function_at
from harness.instruments.profilers.scenarios import Scenario

READINGS = 20
"""Of memory, between runs, to see whether it grows."""

NAMED = 8.0
"""Bytes a run that a line keeps from which it is named, where memory goes on growing."""

_LOOKING = (str(Path(__file__).parent), tracemalloc.__file__, "<unknown>")
"""Files whose memory is that of the looking."""


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `memory` section of a profile."""
    runs = max(2, runs + runs % 2)
    with undisturbed(), only_new(), traced():
        scenario.run(3)
        peak, current = _peak(scenario)
        readings = _readings(scenario, runs)
        growing = _growing(scenario, places, readings, runs // 2)
    values = readings.values("memory")
    half = len(values) // 2
    first, second = values[half] - values[0], values[-1] - values[half]
    return {
        "runs": runs,
        "at_once": scenario.at_once,
        "peak_bytes": peak,
        "current_bytes": current,
        "growth": {
            "first_half": first / (half * readings.step),
            "second_half": second / ((len(values) - 1 - half) * readings.step),
        },
        "growing_sites": growing,
    }


def _peak(scenario: Scenario) -> tuple[int, int]:
    """Peak bytes of a run (or of those at once) above its start, and bytes it leaves."""
    meter = PeakMeter()

    def metered(runs: object) -> None:
        with meter:
            scenario.run(scenario.at_once)

    peak = peak_bytes(metered, meter)
    settle()
    start = live_bytes()
    scenario.run(scenario.at_once)
    settle()
    return peak, live_bytes() - start


def _readings(scenario: Scenario, runs: int) -> Readings:
    """Python's memory before, and after every so many of `runs` runs."""
    step = max(1, runs // READINGS)
    readings = Readings(1 + runs // step, step, {"memory": live_bytes})
    readings.take()
    for _ in range(runs // step):
        scenario.run(step)
        readings.take()
    return readings


def _growing(
    scenario: Scenario, places: Places, readings: Readings, runs: int
) -> list[dict[str, Any]]:
    """The lines that hold what `runs` more runs leave, per run; none unless memory grows."""
    if not kept(readings.judged()["memory"]):
        return []
    before = tracemalloc.take_snapshot()
    scenario.run(runs)
    settle()
    rows = []
    for each in tracemalloc.take_snapshot().compare_to(before, "lineno"):
        file, line = each.traceback[0].filename, each.traceback[0].lineno
        size, blocks = each.size_diff / runs, each.count_diff / runs
        if size >= NAMED and not file.startswith(_LOOKING):
            text = linecache.getline(file, line).strip()
            name = function_at(file, line)
            rows.append(places.row(name, file, line=line, text=text, bytes=size, blocks=blocks))
    return sorted(rows, key=lambda row: (-row["bytes"], row["function"], row["line"]))
