"""Measures of a framework's own tracing: runs with it against the same runs without it.

Nothing is estimated: traced and untraced batches alternate in one process, and runs that left
no span are no traced runs. Spans end up in memory: what sending them costs is not in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from harness.common.stats import median_ratio
from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import batch_size, cpu_a_run, running
from harness.measures import Figures, measure
from harness.runtimes.base import RunFailed, Runtime, Sink


@contextlib.contextmanager
def recorded(runtime: Runtime, runs: int) -> Iterator[Sink]:
    """Tracing is on for `runs` runs; RunFailed unless they left at least a span each.

    NotImplementedError where they left none: some releases trace tools, and not the rest.
    """
    with runtime.observed() as sink:
        sink.clear()
        yield sink
        if not sink:
            raise NotImplementedError(f"{runtime.name}'s tracing leaves no span of such a run")
        if len(sink) < runs:
            raise RunFailed(f"{runs} traced runs left {len(sink)} spans")


@measure
def traced(runtime: Runtime, entry: str, tool_rounds: int = 0, pairs: int = 9) -> Figures:
    """CPU seconds of a traced run over those of an untraced one, median of interleaved pairs."""
    run = running(runtime, entry, tool_rounds).run
    with recorded(runtime, 10):
        run(10)  # what tracing loads when it is first used
    size = batch_size(run)
    readings = []
    for _ in range(pairs):
        with recorded(runtime, size):
            on = cpu_a_run(run, size)
        readings.append((on, cpu_a_run(run, size)))
    return {"ratio": median_ratio(readings)}


@measure
def calls_traced(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Located:
    """Python calls that tracing adds to a run, by function, and the spans that a run leaves."""
    run = running(runtime, entry, tool_rounds).run
    with recorded(runtime, 4) as sink:
        run(4)
        spans = len(sink) / 4

        functions = calls_by_function(run)
    functions.subtract(calls_by_function(run))
    return Located({"calls": float(functions.total()), "spans": spans}, functions)
