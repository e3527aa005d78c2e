"""Exact counts of one run: calls, lines, model requests. What repeats do not agree on is n/a."""

import contextlib
import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from harness.instruments.counters.executed import ExecutionCounter, Reading, by_function

SWITCH_INTERVAL = 1.0
"""Seconds after which a thread is interrupted all the same: it may be waiting in a loop."""

WARM_UP = 3
"""Runs that are not counted."""

AHEAD = 3
"""By how many runs a count must be ahead of all others together."""

REPEATS, FEW_REPEATS, SPREAD, EXPENSIVE = 25, 7, 0.005, 50_000
"""Within so many runs; within a few where they differ by more than this fraction, a race, or where
one makes so many calls."""

Batch = Callable[[int | Iterable[object]], object]
"""`run(k)` makes k runs, or one for each of an iterable."""


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


def ahead(counts: Sequence[int], by: int = AHEAD) -> int | None:
    """The count of more than half of the runs, `by` so many of them; None if there is none.

    Not the least: where threads hand over work, a rare run finds it done and does not wait.
    Calls nothing that is counted.
    """
    most = max(counts, key=counts.count)
    return most if 2 * counts.count(most) - len(counts) >= by else None


class Executed:
    """What each of some runs executed: what came between one of `readings` and the next."""

    def __init__(self, readings: Sequence[Reading], by: int = AHEAD) -> None:
        self._readings, self._by = readings, by

    def calls(self) -> Counter[str]:
        """Calls of one run by function; NotImplementedError where no count is `ahead`."""
        return self._agreed(0, "calls")

    def lines(self) -> Counter[str]:
        """Lines of one run by function; NotImplementedError where no count is `ahead`."""
        return self._agreed(1, "lines")

    def _agreed(self, of: int, what: str) -> Counter[str]:
        counts = [counted[of] for counted in steps(self._readings)]
        if (count := ahead(counts, self._by)) is None:
            raise NotImplementedError(
                f"its {what} vary from run to run ({min(counts)} to {max(counts)}): no exact count"
            )
        index = counts.index(count)
        before, after = self._readings[index : index + 2]
        return by_function(
            {key: counted[of] - before.get(key, (0, 0))[of] for key, counted in after.items()}
        )


def steps(readings: Sequence[Reading]) -> list[tuple[int, int]]:
    """Calls and lines between each reading and the next, of all functions together."""
    totals = [(sum(c for c, _ in r.values()), sum(n for _, n in r.values())) for r in readings]
    return [(a[0] - b[0], a[1] - b[1]) for a, b in zip(totals[1:], totals, strict=False)]


def executed(run: Batch, lines: bool = True) -> Executed:
    """What runs execute, counted one by one in a single batch, after a warm-up.

    So what a batch costs once (an event loop, a pool) is not in it. lines: without, only calls.
    """
    readings: list[Reading] = []
    with undisturbed(), ExecutionCounter(lines) as counter:
        run(_read_after_each(counter, readings))
    return Executed(readings)


def executed_first(run: Batch) -> Executed:
    """What the first run in this process executes."""
    readings: list[Reading] = []

    def once() -> Iterator[None]:
        readings.append(counter.read())
        yield
        readings.append(counter.read())

    with undisturbed(), ExecutionCounter() as counter:
        run(once())
    return Executed(readings, by=1)


def _read_after_each(counter: ExecutionCounter, readings: list[Reading]) -> Iterator[None]:
    """For each run until enough of them are read. Calls nothing that is counted."""
    for _ in range(WARM_UP):
        yield
    readings.append(counter.read())
    while not _decided(steps(readings)):
        yield
        readings.append(counter.read())


def _decided(counts: Sequence[tuple[int, int]]) -> bool:
    """Whether a count of calls and one of lines is ahead, or more runs are not worth while."""
    if len(counts) < AHEAD:
        return False
    both = list(zip(*counts, strict=True))
    is_race = any(max(each) - min(each) > SPREAD * min(each) for each in both)
    few = is_race or min(both[0]) > EXPENSIVE
    enough = len(counts) >= (FEW_REPEATS if few else REPEATS)
    return enough or all(ahead(each) is not None for each in both)


def calls_by_function(run: Batch) -> Counter[str]:
    """Python calls of one run by function; NotImplementedError where they vary."""
    return executed(run, lines=False).calls()


def requests_per_run(run: Batch, requests: Callable[[], int], runs: int = 2) -> float:
    """Model requests of one run, as many as there are; `requests()` says how many so far."""
    before = requests()
    run(runs)
    return (requests() - before) / runs
