"""Haystack's workflows: Pipeline, and AsyncPipeline for the event loop up to 2.x."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.haystack import HaystackAgent
from harness.runtimes.kit import inputs_of, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


@functools.cache
def _component() -> Callable[[Dag, Step, Model], Any]:
    """A component that makes its prompt of its inputs and runs an agent; made once per process."""
    from haystack import component

    class Ask:
        def __init__(self, dag: Dag, step: Step, model: Model) -> None:
            component.set_input_types(self, **dict.fromkeys(step.needs, str))
            self.dag, self.step, self.agent = dag, step, HaystackAgent(model)

        @component.output_types(reply=str)  # type: ignore[untyped-decorator]
        def run(self, **outputs: Any) -> dict[str, str]:
            return {"reply": self.agent.run(step_prompt(self.dag, self.step, outputs))}

        @component.output_types(reply=str)  # type: ignore[untyped-decorator]
        async def run_async(self, **outputs: Any) -> dict[str, str]:
            return {"reply": await self.agent.arun(step_prompt(self.dag, self.step, outputs))}

    made: Callable[[Dag, Step, Model], Any] = component(Ask)
    return made


class HaystackWorkflow(base.Workflow):
    """One pipeline: a component per agent, a connection per need."""

    def __init__(self, dag: Dag, model: Model) -> None:
        self._dag, self._model = dag, model
        self._names = {step.name for step in dag.steps}
        self._plain = self._pipeline("Pipeline")

    @functools.cached_property
    def _asyncio(self) -> Any:
        """A component belongs to one pipeline: another one, with components of its own."""
        return self._pipeline("AsyncPipeline")

    def _pipeline(self, kind: str) -> Any:
        import haystack

        pipeline = getattr(haystack, kind, haystack.Pipeline)()
        for step in self._dag.steps:
            pipeline.add_component(step.name, _component()(self._dag, step, self._model))
        for step in self._dag.steps:
            for need in inputs_of(self._dag, step):
                pipeline.connect(f"{need}.reply", f"{step.name}.{need}")
        return pipeline

    def run(self) -> dict[str, str]:
        return _replies(self._plain.run({}, include_outputs_from=self._names))

    async def arun(self) -> dict[str, str]:
        return _replies(await self._asyncio.run_async({}, include_outputs_from=self._names))


def _replies(result: Any) -> dict[str, str]:
    return {name: outputs["reply"] for name, outputs in result.items()}
