"""The floor: the same script on bare Python and asyncio, the least any framework could cost.

A workflow step starts the moment its inputs are there: a schedule no framework can beat. A
model behind HTTP is asked by the barest client there is (`harness.runtimes.floor.http_floor`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from harness.runtimes.base import Agent, Runtime, Workflow
from harness.workload.dag import Dag, Step
from harness.workload.model import Model
from harness.workload.script import tool_result


class FloorAgent(Agent):
    """Asks the model, calls the tool while the model wants it, returns the reply.

    Offered tools, what was said before and the size of a tool's result cost it nothing: its model
    needs to know none of it.
    """

    acts_on = frozenset({"calls", "offered", "history", "result_size"})

    def __init__(self, model: Model) -> None:
        self.model = model

    def run(self, prompt: str) -> str:
        round = 0
        while (turn := self.model.complete(prompt, round)).calls:
            for call in turn.calls:
                tool_result(call.key)
            round += 1
        return turn.text

    async def arun(self, prompt: str) -> str:
        round = 0
        while (turn := await self.model.acomplete(prompt, round)).calls:
            for call in turn.calls:
                tool_result(call.key)
            round += 1
        return turn.text

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        for round in range(self.model.script.calls_per_run):
            async for turn in self.model.astream(prompt, round):
                if not turn.calls:
                    yield turn.text
                for call in turn.calls:
                    tool_result(call.key)


def _over_http(model: Model) -> Agent:
    # Imported here: what it needs of the standard library must not be in every floor's memory.
    from harness.runtimes.floor.http_floor import HttpFloorAgent

    return HttpFloorAgent(model)


def _waiting(model: Model) -> Agent:
    from harness.runtimes.floor.waiting import WaitingFloorAgent

    return WaitingFloorAgent(model)


class FloorWorkflow(Workflow):
    """Steps in order when run in a thread; one task a step when run on the event loop."""

    def __init__(self, dag: Dag, model: Model) -> None:
        self.dag = dag
        self.agent = FloorRuntime().agent(model)

    def run(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        for step in self.dag.steps:
            outputs[step.name] = self.agent.run(self.dag.prompt(step, outputs))
        return outputs

    async def arun(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        tasks: dict[str, asyncio.Task[None]] = {}

        async def perform(step: Step) -> None:
            for need in step.needs:
                await tasks[need]
            outputs[step.name] = await self.agent.arun(self.dag.prompt(step, outputs))

        async with asyncio.TaskGroup() as group:
            for step in self.dag.steps:
                tasks[step.name] = group.create_task(perform(step))
        return outputs


class FloorRuntime(Runtime):
    """Bare Python and asyncio."""

    name = "floor"
    imports = ("asyncio",)

    def agent(self, model: Model) -> Agent:
        if model.url:
            return _over_http(model)
        waits = model.script.tool_seconds or model.script.atool_seconds or model.tool
        return _waiting(model) if waits else FloorAgent(model)

    def workflow(self, dag: Dag, model: Model) -> FloorWorkflow:
        return FloorWorkflow(dag, model)
