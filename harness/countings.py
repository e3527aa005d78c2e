"""Counted measures: Python calls of building and running. Exact and repeatable.

Model latency is always zero here: a real sleep makes the number of event-loop turns, and so
the count, depend on the clock.
"""

from __future__ import annotations

import asyncio

from harness import dag as dags
from harness.counts import calls_per_run
from harness.drivers import repeat
from harness.measures import Figures, check_outputs, model_of
from harness.model import Model
from harness.runtimes.base import Runtime
from harness.script import Script


def calls_build(runtime: Runtime) -> Figures:
    """Python calls of building one agent with a tool."""
    script = Script(tool_rounds=1)

    def run(count: int) -> None:
        for _ in range(count):
            runtime.agent(Model(script))

    return {"calls": calls_per_run(run)}


def calls_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Python calls of one run, all threads."""
    return {"calls": calls_per_run(repeat(runtime.agent(model_of(0.0, tool_rounds)), entry))}


def calls_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Python calls of one workflow run, divided by its steps."""
    dag = dags.shape(shape)
    workflow = runtime.workflow(dag, Model(dag.script()))

    async def arun(count: int) -> None:
        for _ in range(count):
            check_outputs(await workflow.arun(), dag)

    def run(count: int) -> None:
        if entry == "asyncio":
            asyncio.run(arun(count))
        else:
            for _ in range(count):
                check_outputs(workflow.run(), dag)

    return {"calls": calls_per_run(run) / len(dag.steps)}


def calls_shipped(runtime: Runtime, agent: str) -> Figures:
    """Python calls of one run of an agent the framework ships."""
    shipped = runtime.shipped(agent)
    if shipped.threaded:
        raise NotImplementedError(
            f"{agent} races threads of its own: its calls have no exact count"
        )

    def run(count: int) -> None:
        for _ in range(count):
            shipped.check(shipped.call())

    return {"calls": calls_per_run(run)}


COUNTS = (calls_build, calls_run, calls_shipped, calls_step)
