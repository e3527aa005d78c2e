"""A worker process: measures the cells it reads from standard input, once each.

Started by `harness.session.session`; the last argument names the report, an entry a cell, which is
written when all cells are done.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.instruments.counters import functions
from harness.instruments.counters.counts import tick_wall_clock
from harness.measures import find
from harness.runtimes import load
from harness.runtimes.base import Runtime

Job = Mapping[str, object]


@functools.cache
def _runtime(name: str) -> Runtime:
    runtime = load(name)
    runtime.load()
    return runtime


def perform(job: Job) -> dict[str, object]:
    """Measure one cell: its figures and seconds, or why it was not measured, or the error."""
    measure, name = str(job["measure"]), str(job["runtime"])
    args: dict[str, object] = dict(job["args"])  # type: ignore[call-overload]
    try:
        run, runtime = find(measure), _runtime(name)
        begin = time.perf_counter()
        figures = run(runtime, **args)
        entry = {"figures": figures, "seconds": time.perf_counter() - begin}
        return entry | functions.entry(figures)
    except NotImplementedError as reason:
        return {"not_measured": " ".join(str(reason).split()) or "not implemented"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}


def sweep(jobs: Iterable[Job]) -> list[dict[str, object]]:
    """An entry a job. A floor is left out where the framework beside it cannot do the job."""
    entries: list[dict[str, object]] = []
    missing: dict[str, str] = {}
    for job in jobs:
        experiment = json.dumps([job["measure"], job["args"]], sort_keys=True)
        if job["runtime"] == "floor" and experiment in missing:
            reason = f"no {missing[experiment]} figure to stand beside"
            entries.append({"not_measured": reason})
            continue
        entries.append(perform(job))
        if "not_measured" in entries[-1]:
            missing[experiment] = str(job["runtime"])
    return entries


def main() -> None:
    """Read jobs, measure, write the report named on the command line."""
    order = json.load(sys.stdin)
    if order["exact"]:
        tick_wall_clock()
    report = sweep(order["jobs"])
    Path(sys.argv[-1]).write_text(json.dumps(report))
