"""Cells measured once each, by worker processes that report on each cell as it is done."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.common.children import Child, ChildFailed, NoReport

Job = Mapping[str, Any]
Jobs = Sequence[Job]
Keep = Callable[[Job, Mapping[str, Any]], None]
"""Gets what a worker says of each job."""

CELL_SECONDS = 120.0
"""Of one cell in one process: then it hangs, and is given up."""


def sweep(groups: Sequence[Jobs], keep: Keep, end: float, workers: int, exact: bool) -> None:
    """Measure cells until `end` (monotonic seconds), so many groups at a time: each in a fork of
    one process that has imported the framework, or else in a process of its own.

    A process that dies or hangs costs the cell at which it was.
    """
    left = [list(jobs) for jobs in groups]
    order = {"groups": left, "workers": workers, "exact": exact}
    seed, begun = 0 if exact else None, False
    try:
        with Child("harness.session.worker:forks", order, hash_seed=seed) as child:
            begun = bool(child.read(CELL_SECONDS))
            while begun and time.monotonic() < end and (said := child.read(CELL_SECONDS)):
                index, entry = said
                keep(left[index].pop(0), entry)
    except ChildFailed as error:
        # Those under way have all taken that long; of others, processes of their own will say why.
        under_way = [jobs for jobs in left if jobs][:workers]
        for jobs in under_way if begun and isinstance(error, NoReport) else ():
            keep(jobs.pop(0), {"error": str(error)})
    # Where such a process cannot be forked, all is left; of a group whose process died, its rest.
    alone = _Alone(keep, end, exact, workers)
    with ThreadPoolExecutor(workers) as pool:
        try:
            list(pool.map(alone.sweep, filter(None, left)))
        except BaseException:
            alone.stop()
            pool.shutdown(cancel_futures=True)
            raise


class _Alone:
    """Groups in processes of their own, until they are stopped."""

    def __init__(self, keep: Keep, end: float, exact: bool, workers: int) -> None:
        self._keep, self._end, self._exact, self._workers = keep, end, exact, workers
        self._running: set[Child] = set()

    def stop(self) -> None:
        """Nothing more is started or kept."""
        self._end = float("-inf")
        for child in list(self._running):
            child.close()

    def sweep(self, jobs: Jobs) -> None:
        """Measure these one after another. A process that dies or hangs costs the cell at which
        it was, and another goes on behind."""
        left = list(jobs)
        while left and time.monotonic() < self._end:
            left = self._worker(left)

    def _worker(self, left: list[Job]) -> list[Job]:
        """One process; what it leaves over."""
        order, seed = {"jobs": left, "exact": self._exact}, 0 if self._exact else None
        started, name = False, "harness.session.worker:sweep"
        try:
            with Child(name, order, hash_seed=seed, workers=self._workers) as child:
                self._running.add(child)
                started = child.read(CELL_SECONDS)
                while left and time.monotonic() < self._end:
                    self._keep(left[0], child.read(CELL_SECONDS))
                    left = left[1:]
            return left
        except ChildFailed as error:
            if time.monotonic() >= self._end:
                return left
            lost = 1 if started else len(left)  # one that does not even start will never
            for job in left[:lost]:
                self._keep(job, {"error": str(error)})
            return left[lost:]
