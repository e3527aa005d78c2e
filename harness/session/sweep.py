"""Cells measured once each, one after another, by a worker process.

It reports on each cell as it is done. One that dies or hangs costs the cell at which it was, and
another goes on behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.common.children import Child, ChildFailed

Job = Mapping[str, Any]

CELL_SECONDS = 120.0
"""Of one cell in one process: then it hangs, and is given up."""


def sweep(
    jobs: Sequence[Job], keep: Callable[[Job, Mapping[str, Any]], None], end: float, exact: bool
) -> None:
    """Measure these until `end` (monotonic seconds); `keep` gets what a worker says of each."""
    left = list(jobs)
    while left and time.monotonic() < end:
        left = _worker(left, keep, end, exact)


def _worker(
    jobs: list[Job], keep: Callable[[Job, Mapping[str, Any]], None], end: float, exact: bool
) -> list[Job]:
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
