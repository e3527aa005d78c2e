"""Memory of one run: how high it reaches, and what it leaves behind.

Total allocations cannot be counted with the standard library: tracemalloc and
sys.getallocatedblocks() know only what is live. So there are the peak of live bytes over the
run's start, and the bytes that go on growing with every run. Memory that C extensions take
without Python's allocators is in neither.
"""

from __future__ import annotations

from harness.instruments.counters.counts import Batch, undisturbed
from harness.instruments.leaks.readings import bytes_kept
from harness.instruments.memory import PeakMeter, only_new, settle, traced

WARM_UP = 40
"""Runs: CPython makes the first 30 instances of a class smaller one by one."""

WARM_UP_TRACED = 3

Memory = dict[str, float]


def memory_per_run(run: Batch, metered: Batch, meter: PeakMeter) -> Memory:
    """Peak and retained bytes of one run; `metered` is `run` with each of its runs in `meter`."""
    run(WARM_UP)
    with undisturbed(), only_new(), traced():
        metered(WARM_UP_TRACED)
        return {"peak_bytes": peak_bytes(metered, meter), "retained_bytes": bytes_kept(run)}


def peak_bytes(metered: Batch, meter: PeakMeter, repeats: int = 7) -> int:
    """Bytes that one run needs beyond what was live at its start, the most of repeats.

    The most, because it repeats: what a run leaves in a cache of CPython may push out, by chance,
    what an earlier one left there (see `settle`), and it then seems to need less.
    """
    meter.peaks = []
    for _ in range(repeats):
        settle()
        metered(1)
    return max(meter.peaks)
