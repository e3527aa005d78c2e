"""Memory of one run: how high it reaches, and what it leaves behind.

Total allocations cannot be counted with the standard library: tracemalloc and
sys.getallocatedblocks() know only what is live. So there are the peak of live bytes over the
run's start, and the bytes that go on growing with every run. Memory that C extensions take
without Python's allocators is in neither.
"""

import statistics

from harness.instruments.counters.counts import Batch, undisturbed
from harness.instruments.leaks.readings import bytes_kept
from harness.instruments.memory import PeakMeter, only_new, settle, traced

WARM_UP = 40
"""Runs: CPython makes the first 30 instances of a class smaller one by one."""

WARM_UP_TRACED = 3


def peak_per_run(run: Batch, metered: Batch, meter: PeakMeter) -> float:
    """Peak bytes of one run; `metered` is `run` with each of its runs in `meter`."""
    run(WARM_UP)
    with undisturbed(), only_new(), traced():
        metered(WARM_UP_TRACED)
        return peak_bytes(metered, meter)


def retained_per_run(run: Batch) -> float:
    """Bytes that each run leaves behind."""
    run(WARM_UP)
    with undisturbed(), only_new(), traced():
        run(WARM_UP_TRACED)
        return bytes_kept(run)


def peak_bytes(metered: Batch, meter: PeakMeter, repeats: int = 7) -> float:
    """Bytes that one run needs beyond what was live at its start, the median of repeats.

    They differ by some per cent, and not only by chance of threads. CPython's cache of look-ups
    holds the names that compiled code made for them until others push them out, and a set of
    tasks is enlarged when its places are taken: which places they take, hangs on addresses.
    """
    meter.peaks = []
    for _ in range(repeats):
        settle()
        metered(1)
    return statistics.median(meter.peaks)
