"""Cells measured once each, by worker processes that report on each cell as it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.common.children import Child, ChildFailed

Job = Mapping[str, Any]
Jobs = Sequence[Job]
Keep = Callable[[Job, Mapping[str, Any]], None]
"""Gets what a worker says of each job."""

CELL_SECONDS = 120.0
"""Of one cell in one process: then it hangs, and is given up."""


def forks(groups: Sequence[Jobs], keep: Keep, end: float, workers: int) -> list[Jobs]:
    """Measure exact cells until `end` (monotonic seconds), each group in a fork of its own of one
    process that has imported the framework; so many at a time.

    What is left over: all of it where a process with this framework cannot be forked, of a group
    whose process died its rest, with the cell that it died of.
    """
    left = [list(jobs) for jobs in groups]
    order = {"groups": left, "workers": workers}
    try:
        with Child("harness.session.worker:forks", order, hash_seed=0) as child:
            while time.monotonic() < end and (said := child.read(CELL_SECONDS)):
                index, entry = said
                keep(left[index].pop(0), entry)
    except ChildFailed:
        pass  # processes of their own will say why
    return [jobs for jobs in left if jobs]


def sweep(jobs: Jobs, keep: Keep, end: float, exact: bool) -> None:
    """Measure these one after another in a process until `end`. One that dies or hangs costs the
    cell at which it was, and another goes on behind."""
    left = list(jobs)
    while left and time.monotonic() < end:
        left = _worker(left, keep, end, exact)


def _worker(jobs: list[Job], keep: Keep, end: float, exact: bool) -> list[Job]:
    """One worker; what it leaves over if it ends badly."""
    order = {"jobs": jobs, "exact": exact}
    seed = 0 if exact else None
    started, left = False, jobs
    try:
        with Child("harness.session.worker:sweep", order, hash_seed=seed) as child:
            started = child.read(CELL_SECONDS)
            while left and time.monotonic() < end:
                entry = child.read(CELL_SECONDS)
                keep(left[0], entry)
                left = left[1:]
        return []
    except ChildFailed as error:
        lost = 1 if started else len(left)  # one that does not even start will never
        for job in left[:lost]:
            keep(job, {"error": str(error)})
        return left[lost:]
