"""Timed and sized measures: one cell of an experiment in, named figures out.

A measure takes a runtime and its arguments and returns `{figure: value}`. Times are seconds,
memory is bytes, everything is lower-is-better. A run that fails makes the measure raise.
"""

from __future__ import annotations

import gc
import time
import tracemalloc

from harness.common.stats import median_ratio, percentile
from harness.instruments.arrivals import drivers
from harness.instruments.work import (
    affordable,
    batch_size,
    check_requests,
    cpu_a_run,
    model_of,
    running,
    stepping,
    warm,
)
from harness.measures import Figures, measure
from harness.runtimes import load
from harness.runtimes.base import Runtime
from harness.workload import dag as dags
from harness.workload.model import Model
from harness.workload.script import Script


def tails(batch: drivers.Batch) -> Figures:
    added = batch.ensure_ok().added
    return {f"added_p{p}": percentile(added, p) for p in (50, 95, 99)}


@measure
def added_latency(
    runtime: Runtime, entry: str, latency: float, count: int = 50, spacing: float = 0.005
) -> Figures:
    """Added latency (p50, p95, p99) of `count` runs arriving `spacing` seconds apart.

    Without model latency nothing would overlap: then `back_to_back`.
    """
    if not latency:
        return back_to_back(runtime, entry)
    model = model_of(latency)
    agent = warm(runtime, entry, model)
    due = [i * spacing for i in range(count)]
    batch = drivers.concurrent(agent, model.script, entry, range(count), due)
    check_requests(model, count)
    return tails(batch)


@measure
def back_to_back(runtime: Runtime, entry: str, count: int = 300) -> Figures:
    """Added latency (p50, p95, p99), no model latency, one run after another; see `affordable`."""
    model = model_of(0.0)
    agent = warm(runtime, entry, model)
    tried = drivers.one_by_one(agent, model.script, entry, range(5)).ensure_ok()
    count = affordable(tried.wall / 5, count)
    batch = drivers.one_by_one(agent, model.script, entry, range(count))
    check_requests(model, 5 + count)
    return tails(batch)


@measure
def at_once(runtime: Runtime, entry: str, count: int, latency: float) -> Figures:
    """`count` requests at the same moment: tails, seconds and CPU seconds per request, errors.

    When some runs fail there is only an error rate: a latency without them would flatter.
    """
    model = model_of(latency)
    agent = warm(runtime, entry, model)
    batch = drivers.concurrent(agent, model.script, entry, range(count))
    errors = {"error_rate": batch.error_rate, "runs": float(count)}
    if 0 < batch.error_rate < 1:
        return errors
    return (
        errors
        | tails(batch)
        | {"seconds_per_request": batch.wall / count, "cpu_per_request": batch.cpu / count}
    )


@measure
def shipped_at_once(runtime: Runtime, agent: str, count: int) -> Figures:
    """One agent that the framework ships, called `count` times at the same moment.

    Latency counts from that moment; no model is asked, so all of it is the agent's own.
    """
    shipped = runtime.shipped(agent)
    shipped.check(shipped.call())
    batch = drivers.burst(shipped, count)
    return tails(batch) | {"seconds_per_request": batch.wall / count}


@measure
def overlap(runtime: Runtime, entry: str, count: int, latency: float) -> Figures:
    """Time of `count` concurrent runs as a fraction of the same runs one after another.

    over_ideal: the same over 1 / count.
    """
    model = model_of(latency)
    agent = warm(runtime, entry, model)
    together = drivers.concurrent(agent, model.script, entry, range(count)).ensure_ok()
    apart = drivers.one_by_one(agent, model.script, entry, range(count)).ensure_ok()
    check_requests(model, 2 * count)
    fraction = together.wall / apart.wall
    return {"fraction": fraction, "over_ideal": count * fraction}


@measure
def makespan(runtime: Runtime, entry: str, shape: str, latency: float) -> Figures:
    """Wall time of one workflow run over its critical path; the run before it warms up."""
    work = stepping(runtime, entry, shape, latency=latency)
    work.run(1)
    begin = time.perf_counter()
    work.run(1)
    took = time.perf_counter() - begin
    check_requests(work.model, 2 * work.parts)
    return {"over_critical_path": took / dags.shape(shape, latency).ideal_makespan}


@measure
def build(runtime: Runtime, count: int = 20) -> Figures:
    """Seconds (CPU, fastest of three batches) and retained bytes of one agent with a tool."""
    script = Script(tool_rounds=1)
    runtime.agent(Model(script))
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        for _ in range(count):
            runtime.agent(Model(script))
        seconds.append((time.process_time() - begin) / count)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [runtime.agent(Model(script)) for _ in range(count)]
    gc.collect()
    retained = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return {"seconds": min(seconds), "bytes": retained / len(kept)}


@measure
def over_floor(runtime: Runtime, entry: str, tool_rounds: int = 0, pairs: int = 9) -> Figures:
    """CPU seconds of a run over the floor's, median of interleaved pairs of batches."""
    subject, floor = (running(each, entry, tool_rounds).run for each in (runtime, load("floor")))
    size, floor_size = batch_size(subject), batch_size(floor)
    return {
        "ratio": median_ratio(
            [(cpu_a_run(subject, size), cpu_a_run(floor, floor_size)) for _ in range(pairs)]
        )
    }
