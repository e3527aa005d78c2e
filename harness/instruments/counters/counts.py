"""Exact counts of one run: calls, lines, model requests. What repeats do not agree on is n/a."""

from __future__ import annotations

import contextlib
import gc
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from harness.instruments.counters.calls import CallCounter, CodeCounter
from harness.instruments.counters.lines import LineCounter

SPREAD = 0.005
"""By how much repeats of a count may differ, as a fraction, for it to be called exact."""

SWITCH_INTERVAL = 1.0
"""Seconds after which a thread is interrupted all the same: it may be waiting in a loop."""

Batch = Callable[[int], object]
"""`run(k)` makes k runs, and costs the same each time apart from them."""

__all__ = ["CallCounter", "LineCounter"]


def tick_wall_clock() -> None:
    """Replace time.time and time.time_ns by clocks that advance one microsecond a reading.

    For processes that only count, before the framework is imported: identifiers and timeouts
    made of the wall clock take other paths from one millisecond to the next. Waiting and
    event loops use the monotonic clock, which is left alone.
    """
    start = 1_700_000_000
    time.time = itertools.count(float(start), 1e-6).__next__
    time.time_ns = itertools.count(start * 10**9, 1000).__next__


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing that depends on the clock or on history comes between the runs.

    The garbage collector is off: when it runs depends on history, and it may call Python.
    Threads change over where one waits, not after some milliseconds: how often a waiting thread
    looks again would depend on when it was interrupted.
    """
    enabled, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if enabled:
            gc.enable()


def fewest(counts: Sequence[int], what: str) -> int:
    """The least of repeated counts; NotImplementedError if they differ by more than SPREAD.

    The least, because where threads hand over work a waiting thread adds some, and none ever
    takes any away.
    """
    least, most = min(counts), max(counts)
    if most - least > SPREAD * least:
        raise NotImplementedError(
            f"its {what} vary from run to run ({least} to {most}): no exact count"
        )
    return least


def per_run(counter: CodeCounter, run: Batch, repeats: int, warm: int = 3) -> Counter[str]:
    """Events of one run by function; their sum is exact. Warm-ups are not counted.

    The difference between doing two runs and doing one, so what a batch costs once (an event
    loop, a pool) cancels out. Raises NotImplementedError as `fewest` does.
    """
    with undisturbed(), counter:
        run(warm)
        once = [_reading(counter, run, 1) for _ in range(repeats)]
        twice = [_reading(counter, run, 2) for _ in range(repeats)]
    result = _least(twice, counter.event)
    result.subtract(_least(once, counter.event))
    return result


def _reading(counter: CodeCounter, run: Batch, runs: int) -> Counter[str]:
    counter.reset()
    counter.counting = True
    try:
        run(runs)
    finally:
        counter.counting = False
    return counter.by_function()


def _least(readings: Sequence[Counter[str]], what: str) -> Counter[str]:
    totals = [reading.total() for reading in readings]
    return readings[totals.index(fewest(totals, what))]


def calls_by_function(run: Batch, repeats: int = 7) -> Counter[str]:
    """Python calls of one run by function; NotImplementedError where they vary."""
    return per_run(CallCounter(), run, repeats)


def calls_per_run(run: Batch, repeats: int = 7) -> int:
    """Python calls of one run; NotImplementedError where they vary."""
    return calls_by_function(run, repeats).total()


def lines_by_function(run: Batch, repeats: int = 3) -> Counter[str]:
    """Executed lines of Python of one run by function; NotImplementedError where they vary."""
    return per_run(LineCounter(), run, repeats)


def requests_per_run(run: Batch, requests: Callable[[], int], runs: int = 4) -> float:
    """Model requests of one run, as many as there are; `requests()` says how many so far."""
    before = requests()
    run(runs)
    return (requests() - before) / runs
