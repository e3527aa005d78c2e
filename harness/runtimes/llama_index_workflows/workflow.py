"""LlamaIndex Workflows' workflows: steps that send events, and wait for the events of others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ends_of, inputs_of, step_prompt
from harness.runtimes.llama_index_workflows import LlamaIndexAgent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model

Act = Callable[[dict[str, str]], Awaitable[Any]]


class LlamaIndexWorkflow(base.Workflow):
    """A step per agent, an event per reply; a step that needs several collects their events.

    The agents are workflows of their own, run within the steps.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        from workflows import Workflow
        from workflows.events import Event, StartEvent, StopEvent

        self._dag, self._model = dag, model
        self._outputs: dict[str, str] = {}
        kind: Any = type(dag.name, (Workflow,), {})
        replied: dict[str, Any] = {}
        for step in dag.steps:
            replied[step.name] = type(step.name, (Event,), {"__annotations__": {"text": str}})
            needed = {need: replied[need] for need in inputs_of(dag, step)}
            act = self._act(step, replied[step.name])
            _add(kind, step.name, needed or {"": StartEvent}, replied[step.name], act)

        async def end(outputs: dict[str, str]) -> Any:
            return StopEvent()

        _add(kind, "", {name: replied[name] for name in ends_of(dag)}, StopEvent, end)
        self._flow = kind(timeout=120)

    async def arun(self) -> dict[str, str]:
        self._outputs.clear()
        await self._flow.run()
        return dict(self._outputs)

    def _act(self, step: Step, replied: Any) -> Act:
        agent = LlamaIndexAgent(self._model)

        async def act(outputs: dict[str, str]) -> Any:
            text = await agent.arun(step_prompt(self._dag, step, outputs))
            self._outputs[step.name] = text
            return replied(text=text)

        return act


def _add(kind: Any, name: str, needed: Mapping[str, Any], returned: Any, act: Act) -> None:
    """A step of the workflow `kind` that acts on the texts of the events it needs, by name."""
    from workflows import Context, step

    awaited = list(needed.values())

    async def call(ctx: Any, ev: Any) -> Any:
        events = ctx.collect_events(ev, awaited) if len(awaited) > 1 else [ev]
        if events is None:
            return None
        return await act(
            {need: getattr(each, "text", "") for need, each in zip(needed, events, strict=True)}
        )

    # The framework reads these, and the name.
    call.__annotations__ = {"ctx": Context, "ev": reduce(or_, awaited), "return": returned | None}
    call.__name__ = f"step {name}"
    step(workflow=kind)(call)
