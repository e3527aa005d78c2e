"""A runtime's agents and workflows under a heartbeat, in this process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from harness import runtimes
from harness.instruments.event_loop.blocking import BlockingCalls
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.event_loop.plain_tool import plain_tool
from harness.instruments.work import arriving, check_outputs, check_requests
from harness.runtimes.base import Runtime
from harness.workload.dag import shape
from harness.workload.model import Model

LATENCY = 0.02
WORKFLOWS = 10


async def _workflows(runtime: Runtime, requests: int) -> Callable[[], Awaitable[object]]:
    """Ten runs of a workflow that fans out, one after another."""
    dag = shape("fan", LATENCY)
    model = Model(dag.script())
    workflow = runtime.workflow(dag, model)
    check_outputs(await workflow.arun(), dag)

    async def work() -> None:
        for _ in range(WORKFLOWS):
            check_outputs(await workflow.arun(), dag)
        check_requests(model, (WORKFLOWS + 1) * len(dag.steps))

    return work


Scenario = Callable[[Runtime, int], Awaitable[Callable[[], Awaitable[object]]]]
SCENARIOS: dict[str, Scenario] = {"agents": arriving, "workflows": _workflows}
PLAIN_TOOL = "tools"
"""Another scenario, which asks for one thing only."""


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
        "calls": [asdict(call) | {"times": times} for call, times in blocking.calls.most_common()],
    }


def perform(runtime: str, scenario: str, requests: int, threshold: float) -> dict[str, Any]:
    """The heartbeat's health as data and as text, and the calls that block.

    Of PLAIN_TOOL what it found, as data and as text.
    """
    loaded = runtimes.load(runtime)
    loaded.load()
    if scenario == PLAIN_TOOL:
        found = asyncio.run(plain_tool(loaded))
        return asdict(found) | {"text": found.text()}
    return asyncio.run(_watched(loaded, scenario, requests, threshold))
