"""LlamaIndex Workflows' workflows: steps that send events, and wait for the events of others."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from operator import or_
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ends_of, inputs_of, step_prompt
from harness.runtimes.llama_index_workflows import LlamaIndexAgent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class LlamaIndexWorkflow(base.Workflow):
    """A step per agent, an event per reply; a step that needs several collects their events.

    The agents are workflows of their own, run within the steps.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        self._flow = _written(dag)(timeout=120)
        self._flow.agents = {step.name: LlamaIndexAgent(model) for step in dag.steps}

    async def arun(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        self._flow.outputs = outputs
        await self._flow.run()
        return outputs


@functools.cache
def _written(dag: Dag) -> Any:
    """The class of workflow that a user would write; made once per process."""
    from workflows import Context, Workflow, step
    from workflows.events import Event, StartEvent, StopEvent

    fields = {"__annotations__": {"text": str}}
    replied = {one.name: type(one.name, (Event,), dict(fields)) for one in dag.steps}

    def method(name: str, needs: tuple[str, ...], returned: Any, act: Callable[..., Any]) -> Any:
        awaited: list[Any] = [replied[need] for need in needs] or [StartEvent]

        async def call(self: Any, ctx: Any, ev: Any) -> Any:
            events = ctx.collect_events(ev, awaited) if len(awaited) > 1 else [ev]
            if events is None:
                return None
            texts = {need: each.text for need, each in zip(needs, events, strict=False)}
            return await act(self, texts)

        # The framework reads these.
        accepted = functools.reduce(or_, awaited)
        call.__annotations__ = {"ctx": Context, "ev": accepted, "return": returned | None}
        call.__name__, call.__qualname__ = name, f"{dag.name}.{name}"
        return step(call)

    def ask(one: Step) -> Callable[..., Awaitable[Any]]:
        async def act(self: Any, texts: dict[str, str]) -> Any:
            text = await self.agents[one.name].arun(step_prompt(dag, one, texts))
            self.outputs[one.name] = text
            return replied[one.name](text=text)

        return act

    async def end(self: Any, texts: dict[str, str]) -> Any:
        return StopEvent()

    methods = {"end of run": method("end of run", ends_of(dag), StopEvent, end)}
    for one in dag.steps:
        name = f"step {one.name}"
        methods[name] = method(name, inputs_of(dag, one), replied[one.name], ask(one))
    return type(dag.name, (Workflow,), methods)
