"""Memory with memray: everything that is allocated, also what is freed at once, and in C.

memray knows what was live when memory was at its highest: `peak_sites`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.instruments.counters.allocations import WARM_UP
from harness.instruments.counters.counts import undisturbed
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import Scenario
from harness.instruments.profilers.sites import function_at

LOCATIONS = 200
"""Most locations that are read."""


def take(scenario: Scenario, places: Places, runs: int) -> dict[str, Any]:
    """The `memray` section of a profile: allocations and bytes of one run, and where."""
    import memray  # noqa: F401 (said to be missing before anything is run)

    scenario.run(WARM_UP)
    with undisturbed():
        (empty, _), (full, highest) = (_statistics(scenario, count) for count in (0, runs))

    def per_run(name: str) -> float:
        return max(0.0, float(full[name] - empty[name]) / runs)

    return {
        "runs": runs,
        "allocations": per_run("total_num_allocations"),
        "bytes": per_run("total_bytes_allocated"),
        "peak_bytes": full["metadata"]["peak_memory"],
        "by_bytes": _locations(full, empty, "top_allocations_by_size", "size", places, runs),
        "by_allocations": _locations(
            full, empty, "top_allocations_by_count", "count", places, runs
        ),
        "peak_sites": [_described(*each, places) for each in highest],
    }


def _statistics(scenario: Scenario, runs: int) -> tuple[dict[str, Any], list[Highest]]:
    """memray's own statistics of `runs` runs, as its command line gives them; what was highest."""
    import memray

    with tempfile.TemporaryDirectory() as folder:
        capture, report = Path(folder, "capture"), Path(folder, "report.json")
        with memray.Tracker(capture, trace_python_allocators=True):
            scenario.run(runs)
        command = ["stats", "--json", "-n", str(LOCATIONS), "-o", str(report), str(capture)]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "memray", *command], capture_output=True, text=True
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise NotImplementedError(f"memray stats failed: {last}")
        return json.loads(report.read_text()), _highest(memray.FileReader(capture))


Highest = tuple[str, str, int, dict[str, float]]
"""Function, file, line; bytes and blocks live when memory was at its highest."""


def _highest(reader: Any) -> list[Highest]:
    """The lines that held most at the high-water mark, most bytes first."""
    found: dict[tuple[str, str, int], dict[str, float]] = {}
    for record in reader.get_high_watermark_allocation_records(merge_threads=True):
        # memray has no place for what C does before there is a Python frame.
        place = next(iter(record.stack_trace(max_stacks=1)), ("<C>", "<C>", 0))
        held = found.setdefault(place, {"bytes": 0.0, "blocks": 0.0})
        held["bytes"] += record.size
        held["blocks"] += record.n_allocations
    ordered = sorted(found.items(), key=lambda item: (-item[1]["bytes"], item[0]))
    return [(*place, held) for place, held in ordered[:LOCATIONS]]


def _locations(
    full: dict[str, Any], empty: dict[str, Any], table: str, value: str, places: Places, runs: int
) -> list[dict[str, Any]]:
    """Rows of one of memray's tables, per run, without what no run costs."""
    without = {each["location"]: each[value] for each in empty[table]}
    rows = []
    for each in full[table]:
        parts = each["location"].rsplit(":", 2)
        # memray has no place for what C does before there is a Python frame.
        name, file, line = parts if len(parts) == 3 else (each["location"], "<C>", "0")
        amount = (each[value] - without.get(each["location"], 0)) / runs
        if amount > 0:
            figures = {"bytes" if value == "size" else "allocations": amount}
            rows.append(_described(name, file, int(line), figures, places))
    return rows


def _described(
    name: str, file: str, line: int, figures: dict[str, float], places: Places
) -> dict[str, Any]:
    where = places.of(file)
    return {
        "function": f"{function_at(file, line, name)} ({where.path})",
        "line": line,
        "group": where.group,
        "package": where.package,
        **figures,
    }
