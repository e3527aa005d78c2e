"""A worker process: measures cells, once each, and reports on each as soon as it is done.

Started by `harness.session.session`. Imports nothing but the standard library, psutil, the
framework and the virtual clock.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator, Mapping, Sequence

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
    args: dict[str, object] = dict(job["args"])  # type: ignore[call-overload]
    try:
        run, runtime = find(str(job["measure"])), _runtime(str(job["runtime"]))
        begin = time.perf_counter()
        figures = run(runtime, **args)
        entry = {"figures": figures, "seconds": time.perf_counter() - begin}
        return entry | functions.entry(figures)
    except NotImplementedError as reason:
        return {"not_measured": " ".join(str(reason).split()) or "not implemented"}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}


def sweep(jobs: Sequence[Job], exact: bool) -> Iterator[object]:
    """Measure these cells: True when it begins, then the entry of each.

    A floor is left out where the framework beside it cannot do the job.
    """
    yield True
    if exact:
        tick_wall_clock()
    missing: dict[str, object] = {}
    for job in jobs:
        experiment = json.dumps([job["measure"], job["args"]], sort_keys=True)
        if job["runtime"] == "floor" and experiment in missing:
            entry: dict[str, object] = {
                "not_measured": f"no {missing[experiment]} figure to stand beside"
            }
        else:
            entry = perform(job)
        if "not_measured" in entry:
            missing[experiment] = job["runtime"]
        yield entry
