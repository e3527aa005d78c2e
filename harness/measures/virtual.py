"""Measures on a virtual clock: waiting is exact and takes no time, CPU costs nothing.

What is left is structure: a lost overlap, a barrier, a hidden limit, a tail that somebody
sleeps. The same run gives the same figures to the last digit. Only asyncio code that waits on
timers can be seen this way; what waits for threads or sockets is not measured. `entry` is
always "asyncio"; it keeps these cells in processes apart from those of synchronous runs.
"""

from __future__ import annotations

import asyncio

from harness.instruments import virtual_clock
from harness.instruments.arrivals import drivers
from harness.instruments.work import check_outputs, check_requests, model_of
from harness.measures import Figures, measure
from harness.measures.timings import tails
from harness.runtimes.base import Agent, Runtime
from harness.workload import dag as dags
from harness.workload import schedules
from harness.workload.model import Model
from harness.workload.script import Script


async def _batch(
    agent: Agent, script: Script, count: int, due: list[float] | None = None
) -> drivers.Batch:
    clock = asyncio.get_running_loop().time
    return (await drivers.aconcurrent(agent, script, range(count), due, clock)).ensure_ok()


@measure
def virtual_arrivals(runtime: Runtime, entry: str, shape: str, latency: float) -> Figures:
    """Added latency (p50, p95, p99), seconds, under a standard load shape."""
    model = model_of(latency)
    due = schedules.SHAPES[shape]
    batch = virtual_clock.run(_batch(runtime.agent(model), model.script, len(due), due))
    check_requests(model, len(due))
    # To the microsecond, which is how finely the virtual clock ticks.
    return {name: round(value, 6) + 0.0 for name, value in tails(batch).items()}


@measure
def virtual_at_once(runtime: Runtime, entry: str, count: int, latency: float) -> Figures:
    """End of the last of `count` requests that came at once, over the latency of one."""
    model = model_of(latency)
    batch = virtual_clock.run(_batch(runtime.agent(model), model.script, count))
    check_requests(model, count)
    return {"over_one": round(batch.wall / latency, 6)}


@measure
def virtual_makespan(runtime: Runtime, entry: str, shape: str, latency: float) -> Figures:
    """Makespan of a workflow over its critical path."""
    dag = dags.shape(shape, latency)
    model = Model(dag.script())
    workflow = runtime.workflow(dag, model)

    async def timed() -> tuple[float, dict[str, str]]:
        clock = asyncio.get_running_loop().time
        begin = clock()
        outputs = await workflow.arun()
        return clock() - begin, outputs

    took, outputs = virtual_clock.run(timed())
    check_outputs(outputs, dag)
    check_requests(model, len(dag.steps))
    return {"over_critical_path": round(took / dag.ideal_makespan, 6)}
