"""Measures of runs whose model answers over HTTP: what the framework's own client costs.

The server is a process of its own, so its CPU is not counted. All runs of one measure are made
on one event loop, because that is where a client keeps its connections.
"""

from __future__ import annotations

import asyncio

from harness.common.stats import median_ratio, percentile
from harness.instruments.arrivals import drivers
from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import check_requests, cpu_a_run
from harness.measures import Figures, measure
from harness.measures.servers import served
from harness.runtimes import load
from harness.runtimes.base import Runtime
from harness.workload.script import Script

WARM_UP = 5
"""Runs that come first and are not measured: they connect."""


@measure
def http_back_to_back(
    runtime: Runtime, entry: str, tool_rounds: int = 0, count: int = 30
) -> Figures:
    """Latency (p50, p95) of runs one after another: no model latency, all of it is added."""
    with served(Script(tool_rounds=tool_rounds)) as model:
        agent = runtime.agent(model)
        batch = drivers.one_by_one(agent, model.script, entry, range(WARM_UP + count))
        check_requests(model, WARM_UP + count)
    added = batch.ensure_ok().added[WARM_UP:]
    return {f"added_p{p}": percentile(added, p) for p in (50, 95)}


@measure
def http_over_floor(
    runtime: Runtime, entry: str, tool_rounds: int = 0, pairs: int = 5, runs: int = 10
) -> Figures:
    """CPU seconds of a run over those of the floor's client, median of interleaved pairs."""
    with served(Script(tool_rounds=tool_rounds)) as model, asyncio.Runner() as loop:
        subject, floor = (
            drivers.repeat(each.agent(model), entry, loop.run) for each in (runtime, load("floor"))
        )
        subject(WARM_UP)
        floor(WARM_UP)
        return {
            "ratio": median_ratio(
                [(cpu_a_run(subject, runs), cpu_a_run(floor, runs)) for _ in range(pairs)]
            )
        }


@measure
def http_calls(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Located:
    """Python calls of one run; NotImplementedError where they depend on what arrived when."""
    with served(Script(tool_rounds=tool_rounds)) as model, asyncio.Runner() as loop:
        functions = calls_by_function(drivers.repeat(runtime.agent(model), entry, loop.run))
    return Located({"calls": float(functions.total())}, functions)
