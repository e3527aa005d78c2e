"""A worker process: measures cells, once each, and reports on each as soon as it is done.

Started by `harness.session.session`. Imports nothing but the standard library, psutil, the
framework and the virtual clock.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.instruments.counters import functions
from harness.instruments.counters.counts import tick_wall_clock
from harness.measures import find
from harness.runtimes import load
from harness.runtimes.base import Runtime

Job = Mapping[str, object]
Report = tuple[str, dict[str, object] | None]
"""Label of a cell, and None when it is begun, its entry when it is done; "" at the end."""


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


def sweep(units: Sequence[Sequence[Job]], taken: str, exact: bool) -> Iterator[Report]:
    """Measure the units that nobody has taken yet; `taken` is a folder with a file for each.

    A unit is cells that stay together. A floor is left out where the framework beside it cannot do
    the job.
    """
    if exact:
        tick_wall_clock()
    for unit in units:
        if take(Path(taken, mark(unit))):
            missing: dict[str, str] = {}
            for job in unit:
                label = str(job["label"])
                yield label, None
                experiment = json.dumps([job["measure"], job["args"]], sort_keys=True)
                if job["runtime"] == "floor" and experiment in missing:
                    reason = f"no {missing[experiment]} figure to stand beside"
                    yield label, {"not_measured": reason}
                    continue
                entry = perform(job)
                if "not_measured" in entry:
                    missing[experiment] = str(job["runtime"])
                yield label, entry
    yield "", None


def mark(unit: Sequence[Job]) -> str:
    """The name of the file that says that a unit is taken."""
    return str(unit[0]["label"]).replace("/", "_")


def take(path: Path) -> bool:
    """Whether nobody else has taken what this file stands for."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
