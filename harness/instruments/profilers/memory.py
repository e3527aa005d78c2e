"""Memory with tracemalloc: peak, what stays, and the lines that hold it.

tracemalloc sees what Python's allocators hand out, and only what is still live when it looks.
So the lines of a run are looked at when the run's memory is at its highest (`peak`), and
what stays is looked at half way and at the end: a cache has filled by then, a leak
has not. All figures are above what was live before; garbage is collected before each look.
"""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from itertools import pairwise
from typing import Any

from harness.instruments.counters.allocations import WARM_UP
from harness.instruments.counters.counts import undisturbed
from harness.instruments.profilers.peak import PeakSnapshot
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import Scenario
from harness.instruments.profilers.sites import Held, Sites, difference, live

REPEATS = 5

LEAKED_BYTES = 128
"""Bytes a run that all lines keep in both halves for a warning: below it bookkeeping shows."""

LEAKED_BLOCKS = 0.9
"""Blocks a run of a line that is named; one that keeps LEAKED_BYTES is named with fewer, too."""

STEADY = 0.5
"""The least that the second half may add to a leak, as a part of what the first added."""


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `memory` section of a profile."""
    runs = max(2, runs + runs % 2)
    sites = Sites(places)
    scenario.run(WARM_UP)
    with undisturbed():
        gc.collect()
        gc.freeze()
        tracemalloc.start(1)
        try:
            scenario.run(3)
            peak, current = _peak(scenario)
            highest = _at_peak(scenario)
            halves, grown = _growth(scenario, runs)
        finally:
            tracemalloc.stop()
            gc.unfreeze()
    first, second = halves
    return {
        "runs": runs,
        "at_once": scenario.at_once,
        "peak_bytes": peak,
        "current_bytes": current,
        "seen_at_peak": sum(size for size, _ in highest.values()) / peak if peak else 1.0,
        "peak_sites": sites.rows(highest),
        "growth": {"first_half": first / (runs / 2), "second_half": second / (runs / 2)},
        "growing_sites": _growing(sites, grown, runs // 2),
    }


def _peak(scenario: Scenario) -> tuple[int, int]:
    """Peak bytes of a run (or of those at once) above its start, and bytes it leaves; medians."""
    peaks, left = [], []
    for _ in range(REPEATS):
        gc.collect()
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        scenario.run(scenario.at_once)
        peaks.append(tracemalloc.get_traced_memory()[1] - start)
        gc.collect()
        left.append(tracemalloc.get_traced_memory()[0] - start)
    return statistics.median_low(peaks), statistics.median_low(left)


def _at_peak(scenario: Scenario) -> Held:
    """Bytes and blocks by line when a run (or those at once) is at its highest."""
    gc.collect()
    before, start = live(), tracemalloc.get_traced_memory()[0]
    with PeakSnapshot(start) as peak:
        scenario.run(scenario.at_once)
    return difference(peak.sites, before)


def _growth(scenario: Scenario, runs: int) -> tuple[list[int], list[Held]]:
    """Bytes that each half of `runs` adds, and bytes and blocks by line."""
    held, looks = [], []
    for half in (0, runs // 2, runs // 2):
        scenario.run(half)
        gc.collect()
        looks.append(live())
        held.append(sum(size for size, _ in looks[-1].values()))
    grown = [difference(later, earlier) for earlier, later in pairwise(looks)]
    return [later - earlier for earlier, later in pairwise(held)], grown


def _growing(sites: Sites, halves: list[Held], runs: int) -> list[dict[str, Any]]:
    """Lines that keep more and more in both halves, by bytes a run in the second."""
    first, second = halves
    found: Held = {}
    if min(sum(size for size, _ in half.values()) for half in halves) < LEAKED_BYTES * runs:
        return []
    for site, (size, blocks) in second.items():
        size_before, blocks_before = first.get(site, (0, 0))
        least = min(size, size_before) / runs
        steady = size >= STEADY * size_before and size_before >= STEADY * size
        if steady and (least >= LEAKED_BYTES or min(blocks, blocks_before) / runs >= LEAKED_BLOCKS):
            found[site] = (size, blocks)
    return sites.rows(found, runs)
