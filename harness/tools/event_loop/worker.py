"""A runtime's agents and workflows under a heartbeat, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from harness import runtimes
from harness.instruments.arrivals import drivers
from harness.instruments.event_loop.blocking import BlockingCalls
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.work import WARM_UP, check_requests, model_of
from harness.runtimes.base import RunFailed, Runtime
from harness.workload.dag import shape
from harness.workload.model import Model

LATENCY = 0.02
SPACING = 0.01
WORKFLOWS = 10


async def _agents(runtime: Runtime, requests: int) -> Callable[[], Awaitable[object]]:
    """Runs with a tool call that arrive every 10 ms, on one agent that is warm."""
    model = model_of(LATENCY, tool_rounds=1)
    agent = runtime.agent(model)
    (await drivers.asequential(agent, model.script, WARM_UP)).ensure_ok()
    due = [i * SPACING for i in range(requests)]
    calls = model.script.calls_per_run

    async def work() -> None:
        begun = model.requests
        done = await drivers.aconcurrent(agent, model.script, range(requests), due)
        done.ensure_ok()
        if (made := model.requests - begun) != requests * calls:
            raise RunFailed(f"{requests} runs made {made} model requests, not {requests * calls}")

    return work


async def _workflows(runtime: Runtime, requests: int) -> Callable[[], Awaitable[object]]:
    """Ten runs of a workflow that fans out, one after another."""
    dag = shape("fan", LATENCY)
    model = Model(dag.script())
    workflow, expected = runtime.workflow(dag, model), dag.expected()

    async def one() -> None:
        if (got := await workflow.arun()) != expected:
            raise RunFailed(f"expected {expected}, got {got}")

    await one()

    async def work() -> None:
        for _ in range(WORKFLOWS):
            await one()
        check_requests(model, (WORKFLOWS + 1) * len(dag.steps))

    return work


SCENARIOS = {"agents": _agents, "workflows": _workflows}


async def _watched(
    runtime: Runtime, scenario: str, requests: int, threshold: float
) -> dict[str, Any]:
    work = await SCENARIOS[scenario](runtime, requests)
    async with Heartbeat(threshold=threshold) as heartbeat:
        with BlockingCalls() as blocking:
            await work()
    health = heartbeat.health
    return {
        "health": health.as_dict(),
        "text": health.text(),
        "calls": [
            {"event": call.event, "place": call.place, "waits": call.waits, "times": times}
            for call, times in blocking.calls.most_common()
        ],
    }


def perform(runtime: str, scenario: str, requests: int, threshold: float) -> dict[str, Any]:
    """The heartbeat's health as data and as text, and the calls that block."""
    loaded = runtimes.load(runtime)
    loaded.load()
    return asyncio.run(_watched(loaded, scenario, requests, threshold))
