"""The runtime of the planted package: `AGENT_RUNTIME=studies.planted.adapter:PlantedRuntime`."""

import asyncio
import importlib
from typing import Any

from harness.runtimes.base import Agent, Runtime, Workflow
from harness.workload.dag import Dag
from harness.workload.model import Model
from harness.workload.script import tool_result


def _framework() -> Any:
    # By name: only the measured environment has it.
    return importlib.import_module("plantedagents")


class PlantedAgent(Agent):
    """One agent of the planted package; it offers its model no tools."""

    acts_on = frozenset({"calls", "history"})

    def __init__(self, model: Model) -> None:
        script = model.script

        async def atool(key: int) -> str:
            if script.atool_seconds:
                await asyncio.sleep(script.atool_seconds)
            return tool_result(key)

        earlier = [text for said in script.exchanges for text in said] if script.history else []
        made = _framework().Agent
        self.agent = made(model.complete, model.acomplete, tool_result, atool, earlier)

    def run(self, prompt: str) -> str:
        return str(self.agent.run(prompt))

    async def arun(self, prompt: str) -> str:
        return str(await self.agent.arun(prompt))


class PlantedWorkflow(Workflow):
    """One workflow of the planted package."""

    def __init__(self, dag: Dag, model: Model) -> None:
        by_name = {step.name: step for step in dag.steps}
        self.workflow = _framework().Workflow(
            PlantedAgent(model).agent,
            {step.name: step.needs for step in dag.steps},
            lambda name, outputs: dag.prompt(by_name[name], outputs),
        )

    def run(self) -> dict[str, str]:
        return dict(self.workflow.run())

    async def arun(self) -> dict[str, str]:
        return dict(await self.workflow.arun())


class PlantedRuntime(Runtime):
    """The tiny framework whose commits each plant one known defect."""

    name = "planted"
    package = "plantedagents"
    imports = ("plantedagents",)

    def agent(self, model: Model) -> PlantedAgent:
        return PlantedAgent(model)

    def workflow(self, dag: Dag, model: Model) -> PlantedWorkflow:
        return PlantedWorkflow(dag, model)
