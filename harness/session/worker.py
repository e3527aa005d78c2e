"""A worker process: measures cells, once each, and reports on each as soon as it is done.

Started by `harness.session.sweep`. Imports nothing but the standard library, psutil, the
framework and the virtual clock.
"""

import _thread
import contextlib
import functools
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from harness.common import child
from harness.instruments import steady
from harness.instruments.counters import deterministic, functions
from harness.measures import find
from harness.runtimes import load
from harness.runtimes.base import Runtime

Job = Mapping[str, object]

POPULATE_WRITE = 23  # of Linux 5.14


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


def forks(groups: Sequence[Sequence[Job]], workers: int, exact: bool) -> None:
    """Measure each group of cells in a fork of its own, so many at a time; reports True when it
    begins, then [index of the group, entry].

    So the framework is imported once, and no group sees what another has left behind. Does
    nothing where threads run that a fork would miss, or a system does not like to be forked.
    """
    if exact:
        deterministic.prepare()
    for name in {str(job["runtime"]) for jobs in groups for job in jobs}:
        with contextlib.suppress(Exception):  # the measures will say why
            _runtime(name)
    if sys.platform != "linux" or _thread._count() > child.own()["threads"]:
        return
    child.tell(True)
    free = workers
    for index, jobs in enumerate(groups):
        if not free:
            os.wait()
            free += 1
        if not os.fork():
            try:
                if not exact:
                    _own_pages()
                for entry in entries(jobs, exact):
                    child.tell([index, entry])
            finally:
                os._exit(0)
        free -= 1
    for _ in range(workers - free):
        os.wait()


def _own_pages() -> None:
    """Copy the pages of a forked process that it could write to: later, they would cost it time."""
    import ctypes

    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps.readlines():
            places, rights, *_ = line.split()
            if rights == "rw-p":
                begin, end = (int(place, 16) for place in places.split("-"))
                madvise(begin, end - begin, POPULATE_WRITE)  # older kernels refuse


def sweep(jobs: Sequence[Job], exact: bool) -> Iterator[object]:
    """Measure these cells: True when it begins, then the entry of each."""
    yield True
    if exact:
        deterministic.prepare()
    yield from entries(jobs, exact)


def entries(jobs: Sequence[Job], exact: bool) -> Iterator[dict[str, object]]:
    """What is said of each cell. A floor is left out where the framework cannot do the job."""
    missing: dict[str, object] = {}
    for job in jobs:
        if not exact:
            steady.look()
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
    if not exact:
        steady.look()
