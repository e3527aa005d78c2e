"""All checks of a runtime, one after another, in the interpreter that has its framework."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from harness import runtimes
from harness.runtimes.base import Runtime
from harness.tools.concurrency import checks
from harness.tools.concurrency.check import PASSED, Report

AT_ONCE = (10, 100, 1000)


def perform(runtime: str, **settings: Any) -> Iterator[dict[str, Any]]:
    """The fields of one `Report` a check, as it is done. settings: those of `suite`."""
    loaded = runtimes.load(runtime)
    loaded.load()
    yield from map(dataclasses.asdict, suite(loaded, **settings))


def suite(
    runtime: Runtime, entries: Sequence[str], counts: Sequence[int] = AT_ONCE, **options: Any
) -> Iterator[Report]:
    """One report a check, as it is done. An entry whose single run fails gets only that report.

    counts: runs at once of the checks that depend on it; options: those of `check.Trial`.
    """
    for entry in entries:
        first = checks.one_run(runtime, entry)
        if first.verdict != PASSED:
            yield first
            continue
        for count in counts:
            yield (crowd := checks.at_once(runtime, entry, count, **options))
            yield checks.mixed_inputs(runtime, entry, count, **options)
            yield checks.partial_failures(runtime, entry, count, **options)
            consistency = checks.latency_consistency
            if crowd.verdict == PASSED:
                yield consistency(runtime, entry, count, **options)
            else:
                yield consistency.not_applicable(entry, count, "not all runs at once were right")
        yield checks.shared_agent(runtime, entry, **options)
        yield checks.error_isolation(runtime, entry, **options)
        if entry == "asyncio":  # a thread cannot be cancelled
            yield checks.cancellation(runtime, entry, **options)
