"""All checks of one runtime, one after another."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from harness.runtimes.base import Runtime
from harness.tools.concurrency import checks
from harness.tools.concurrency.cancelling import cancellation
from harness.tools.concurrency.consistency import latency_consistency
from harness.tools.concurrency.report import FAILED, NOT_APPLICABLE, PASSED, Report
from harness.tools.concurrency.together import TooMany

AT_ONCE = (10, 100, 1000)


def _attempt(name: str, entry: str, count: int, check: Callable[[], Report]) -> Report:
    """The report of a check, also where the runtime cannot do it or breaks outside of a run."""
    try:
        return check()
    except (NotImplementedError, TooMany) as error:
        reason = " ".join(str(error).split())
        return Report(name, entry, count, 0, 0, NOT_APPLICABLE, (reason,))
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Report(name, entry, count, 1, 1, FAILED, (reason,))


def suite(
    runtime: Runtime,
    entries: Sequence[str],
    counts: Sequence[int] = AT_ONCE,
    interleavings: int = 40,
    seed: int = 0,
) -> Iterator[Report]:
    """One report a check, as it is done. An entry whose single run fails gets only that report."""
    for entry in entries:
        first = _attempt("one run", entry, 1, partial(checks.at_once, runtime, entry, 1))
        if first.verdict != PASSED:
            yield dataclasses.replace(first, check="one run")
            continue
        for count in counts:
            yield from _crowd(runtime, entry, count, seed)
        race = partial(checks.shared_agent, runtime, entry, interleavings, seed=seed)
        yield _attempt("shared agent", entry, 8, race)
        yield _attempt(
            "error isolation", entry, 20, partial(checks.error_isolation, runtime, entry)
        )
        if entry == "asyncio":  # a thread cannot be cancelled
            yield _attempt("cancellation", entry, 20, partial(cancellation, runtime))


def _crowd(runtime: Runtime, entry: str, count: int, seed: int) -> Iterator[Report]:
    """The checks that depend on how many there are."""
    here = (runtime, entry, count)
    together = _attempt("at once", entry, count, partial(checks.at_once, *here))
    yield together
    yield _attempt("mixed inputs", entry, count, partial(checks.mixed_inputs, *here, seed))
    yield _attempt("partial failures", entry, count, partial(checks.partial_failures, *here, seed))
    name = "latency consistency"
    if together.verdict == PASSED:
        yield _attempt(name, entry, count, partial(latency_consistency, *here))
    else:
        reason = "not all runs at once were right"
        yield Report(name, entry, count, 0, 0, NOT_APPLICABLE, (reason,))
