"""Timed and sized measures: one cell of an experiment in, named figures out.

A measure takes a runtime and its arguments and returns `{figure: value}`. Times are seconds,
memory is bytes, everything is lower-is-better. A run that fails makes the measure raise.
"""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Mapping

from harness import dag as dags
from harness import drivers
from harness.model import Model
from harness.runtimes import load
from harness.runtimes.base import Agent, RunFailed, Runtime, Workflow
from harness.script import Constant, Script
from harness.stats import median_ratio, percentile

Figures = dict[str, float]


def _tails(batch: drivers.Batch) -> Figures:
    added = batch.ensure_ok().added
    return {f"added_p{p}": percentile(added, p) for p in (50, 95, 99)}


def model_of(latency: float, tool_rounds: int = 0) -> Model:
    return Model(Script(tool_rounds=tool_rounds, latency=Constant(latency)))


def _check_requests(model: Model, runs: int) -> None:
    """Every run must have asked the model as often as the script says: no more, no less."""
    expected = runs * model.script.calls_per_run
    if model.requests != expected:
        raise RunFailed(f"{runs} runs made {model.requests} model requests, not {expected}")


def arrivals(
    runtime: Runtime, mode: str, latency: float, count: int = 50, spacing: float = 0.008
) -> Figures:
    """Added latency (p50, p95, p99) of `count` runs arriving `spacing` seconds apart."""
    model = model_of(latency)
    agent = runtime.agent(model)
    drivers.one_by_one(agent, model.script, mode, 1).ensure_ok()
    batch = drivers.concurrent(agent, model.script, mode, count, spacing)
    _check_requests(model, count + 1)
    return _tails(batch)


def back_to_back(runtime: Runtime, mode: str, count: int = 300, tool_rounds: int = 0) -> Figures:
    """Added latency (p50, p95, p99) and CPU seconds a run, no latency, one after another."""
    model = model_of(0.0, tool_rounds)
    agent = runtime.agent(model)
    drivers.one_by_one(agent, model.script, mode, 20).ensure_ok()
    batch = drivers.one_by_one(agent, model.script, mode, count)
    _check_requests(model, count + 20)
    return _tails(batch) | {"cpu_per_run": batch.cpu / count}


def at_once(runtime: Runtime, mode: str, count: int, latency: float) -> Figures:
    """`count` requests at the same moment: tails, seconds and CPU seconds a request, errors."""
    model = model_of(latency)
    agent = runtime.agent(model)
    drivers.concurrent(agent, model.script, mode, min(count, 10)).ensure_ok()
    batch = drivers.concurrent(agent, model.script, mode, count)
    errors = {"error_rate": batch.error_rate}
    if 0 < batch.error_rate < 1:
        return errors
    return (
        errors
        | _tails(batch)
        | {
            "seconds_per_request": batch.wall / count,
            "cpu_per_request": batch.cpu / count,
        }
    )


def overlap(runtime: Runtime, mode: str, count: int, latency: float) -> Figures:
    """Time of `count` concurrent runs as a fraction of the same runs one after another."""
    model = model_of(latency)
    agent = runtime.agent(model)
    together = drivers.concurrent(agent, model.script, mode, count).ensure_ok()
    apart = drivers.one_by_one(agent, model.script, mode, count).ensure_ok()
    _check_requests(model, 2 * count)
    return {"fraction": together.wall / apart.wall}


def run_workflow(workflow: Workflow, dag: dags.Dag, mode: str) -> float:
    """Seconds of one checked workflow run; RunFailed unless every step gave its reply."""
    begin = time.perf_counter()
    outputs = workflow.run() if mode == "threads" else asyncio.run(workflow.arun())
    took = time.perf_counter() - begin
    check_outputs(outputs, dag)
    return took


def check_outputs(outputs: Mapping[str, str], dag: dags.Dag) -> None:
    """RunFailed unless `outputs` holds exactly the scripted reply of every step."""
    if dict(outputs) != dag.expected():
        raise RunFailed(f"workflow {dag.name}: expected {dag.expected()}, got {dict(outputs)}")


def makespan(runtime: Runtime, mode: str, shape: str, latency: float, repeats: int = 2) -> Figures:
    """Wall time of a workflow over its critical path, best of `repeats` in this process.

    The best, because a makespan of sleeps has a hard lower bound and noise only adds to it.
    """
    dag = dags.shape(shape, latency)
    model = Model(dag.script())
    workflow = runtime.workflow(dag, model)
    best = min(run_workflow(workflow, dag, mode) for _ in range(repeats))
    _check_requests(model, repeats * len(dag.steps))
    return {"over_critical_path": best / dag.ideal_makespan}


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


def over_floor(runtime: Runtime, mode: str, tool_rounds: int = 0, pairs: int = 9) -> Figures:
    """CPU seconds of a run over the floor's, median of interleaved pairs of batches."""
    model, floor_model = model_of(0.0, tool_rounds), model_of(0.0, tool_rounds)
    agent, floor = runtime.agent(model), load("floor").agent(floor_model)

    def cpu_per_run(subject: Agent, on: Model, count: int) -> float:
        batch = drivers.one_by_one(subject, on.script, mode, count)
        return batch.ensure_ok().cpu / count

    # Batches of about 5 ms each: far above the resolution of the CPU clock.
    size = max(5, int(0.005 / max(cpu_per_run(agent, model, 20), 1e-7)))
    floor_size = max(5, int(0.005 / max(cpu_per_run(floor, floor_model, 200), 1e-7)))
    ratio = median_ratio(
        [
            (cpu_per_run(agent, model, size), cpu_per_run(floor, floor_model, floor_size))
            for _ in range(pairs)
        ]
    )
    return {"ratio": ratio}


TIMINGS = (arrivals, at_once, back_to_back, build, makespan, over_floor, overlap)
