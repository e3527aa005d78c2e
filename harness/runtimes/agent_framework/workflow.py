"""Agent Framework's workflows: WorkflowBuilder, one executor a step."""

from __future__ import annotations

import asyncio
import inspect
from collections import ChainMap
from typing import Any

from agent_framework import WorkflowBuilder, WorkflowContext, executor

from harness.runtimes import base
from harness.runtimes.agent_framework import AgentFrameworkAgent
from harness.runtimes.kit import inputs_of, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model

# From 1.5 on a program says which executors' outputs are the workflow's; before, all are.
_BUILDER = inspect.signature(WorkflowBuilder).parameters
ALL = {"output_from": "all"} if "output_from" in _BUILDER else {}


class AgentFrameworkWorkflow(base.Workflow):
    """An edge where a step needs one other, fan-in edges where it needs several.

    The framework runs it in supersteps: what a step sends arrives when all steps that run beside
    it have ended. Several first steps need an executor before them that starts them all.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        steps = {step.name: _executor(dag, step, model) for step in dag.steps}
        first = [steps[step.name] for step in dag.steps if not step.needs]
        start = first[0] if len(first) == 1 else _start()
        limit = len(steps) + 1  # supersteps; without it, 100
        self._builder = WorkflowBuilder(limit, name=dag.name, start_executor=start, **ALL)
        if start not in first:
            self._builder.add_fan_out_edges(start, first)
        for step in dag.steps:
            needs = [steps[need] for need in inputs_of(dag, step)]
            if len(needs) > 1:
                self._builder.add_fan_in_edges(needs, steps[step.name])
            elif needs:
                self._builder.add_edge(needs[0], steps[step.name])
        self._workflow = self._builder.build()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def arun(self) -> dict[str, str]:
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):  # of some releases, it belongs to its first event loop
            self._workflow = self._builder.build()
        self._loop = loop
        outputs: dict[str, str] = {}
        for output in (await self._workflow.run({})).get_outputs():
            if outputs.keys() & output.keys():
                raise base.RunFailed(f"the workflow ran a step twice: {output}")
            outputs |= output
        return outputs


def _start() -> Any:
    @executor(id="start")  # type: ignore[untyped-decorator]
    async def start(given: dict, ctx: WorkflowContext[dict]) -> None:  # type: ignore[type-arg]
        await ctx.send_message(given)

    return start


def _executor(dag: Dag, step: Step, model: Model) -> Any:
    """What runs one step; its agent is built here, once for all runs."""
    agent = AgentFrameworkAgent(model)
    several = len(inputs_of(dag, step)) > 1

    @executor(id=step.name, input=list[dict] if several else dict)  # type: ignore[untyped-decorator,type-arg]
    async def call(given: Any, ctx: WorkflowContext[dict, dict]) -> None:
        outputs = ChainMap(*given) if several else given
        done = {step.name: await agent.arun(step_prompt(dag, step, outputs))}
        await ctx.yield_output(done)
        await ctx.send_message(done)

    return call
