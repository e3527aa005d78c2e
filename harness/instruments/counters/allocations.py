"""Memory of one run: how high it reaches, and what it leaves behind.

Total allocations cannot be counted with the standard library: tracemalloc and
sys.getallocatedblocks() know only what is live. So there are the peak of live bytes over the
run's start, and the bytes that are still live when garbage has been collected. Memory that C
extensions take without Python's allocators is in neither.
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import tracemalloc
from collections.abc import Iterator

from harness.instruments.counters.counts import Batch, undisturbed

RUNS = 16
"""Runs of a batch whose retained bytes are measured."""

WARM_UP = 40
"""Runs: CPython makes the first 30 instances of a class smaller one by one."""

WARM_UP_TRACED = 3

STEP = 512
"""Bytes a run: below it show caches that fill up, by chance more in one process than another."""

Memory = dict[str, float]


class PeakMeter:
    """Context manager around one run: appends to `peaks` its peak of live bytes over its start."""

    def __init__(self) -> None:
        self.peaks: list[int] = []
        self._start = 0

    def __enter__(self) -> None:
        tracemalloc.reset_peak()
        self._start = tracemalloc.get_traced_memory()[0]

    def __exit__(self, *raised: object) -> None:
        self.peaks.append(tracemalloc.get_traced_memory()[1] - self._start)


@contextlib.contextmanager
def _tracing() -> Iterator[None]:
    """Python's allocators are traced meanwhile; what there is already is not collected again."""
    with undisturbed():
        gc.collect()
        gc.freeze()
        tracemalloc.start(1)
        try:
            yield
        finally:
            tracemalloc.stop()
            gc.unfreeze()


def memory_per_run(run: Batch, metered: Batch, meter: PeakMeter) -> Memory:
    """Peak and retained bytes of one run; `metered` is `run` with each of its runs in `meter`."""
    run(WARM_UP)
    with _tracing():
        metered(WARM_UP_TRACED)
        return {"peak_bytes": _peak(metered, meter), "retained_bytes": _retained(run)}


def _peak(metered: Batch, meter: PeakMeter, repeats: int = 7) -> int:
    """Bytes that one run needs beyond what was live at its start, the median of repeats.

    Repeats agree where the framework is small; where random identifiers and caches are about
    they differ by some tenths of a per cent.
    """
    meter.peaks = []
    for _ in range(repeats):
        gc.collect()
        metered(1)
    return statistics.median_low(meter.peaks)


def _retained(run: Batch, repeats: int = 3) -> float:
    """Bytes that one run leaves live, garbage collected, in whole multiples of STEP.

    The least of batches: a cache that fills, or a container that grows by leaps, makes some of
    them hold more.
    """
    nothing = _left(run, 0)
    left = min(_left(run, RUNS) for _ in range(repeats))
    return max(0.0, (left - nothing) / RUNS // STEP * STEP)


def _left(run: Batch, runs: int) -> int:
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    run(runs)
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before
