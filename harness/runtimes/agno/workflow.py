"""Agno's workflows: Workflow, Steps and Parallel, nested as the DAG's own shape asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harness.runtimes import base
from harness.runtimes.agno import AgnoAgent
from harness.runtimes.kit import needing, nested, step_prompt
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class AgnoWorkflow(base.Workflow):
    """One agent a step, nested in Steps and Parallel as the DAG's own shape asks.

    Workflow.run refuses asyncio steps and plain ones would block the event loop: there are two
    workflows on the same agents. Steps are not retried (Agno would ask up to four times).
    """

    @needing("workflows do not import as installed")  # releases of 2025 want fastapi for them
    def __init__(self, dag: Dag, model: Model) -> None:
        calls = {step.name: _calls(dag, step, AgnoAgent(model)) for step in dag.steps}
        self._plain = _nested(dag, {name: both[0] for name, both in calls.items()})
        self._asyncio = _nested(dag, {name: both[1] for name, both in calls.items()})

    def run(self) -> dict[str, str]:
        return self._checked(self._plain.run("start"))

    async def arun(self) -> dict[str, str]:
        return self._checked(await self._asyncio.arun("start"))

    def _checked(self, result: Any) -> dict[str, str]:
        if result.status != "COMPLETED":
            raise base.RunFailed(f"the workflow ended {result.status}: {result.content}")
        outputs = list(_leaves(result.step_results))
        # A failed step does not fail its workflow: the next ones run without its output.
        if failures := [f"{out.step_name!r}: {out.error}" for out in outputs if not out.success]:
            raise base.RunFailed(f"steps failed: {'; '.join(failures)}")
        return {out.step_name: out.content for out in outputs}


def _nested(dag: Dag, executors: dict[str, Callable[..., Any]]) -> Any:
    from agno.workflow import Parallel, Step, Steps, Workflow

    parts = nested(
        dag,
        step=lambda name: Step(name=name, executor=executors[name], max_retries=0),
        # Agno keeps outputs by name, so every block has one of its own.
        series=lambda name, parts: Steps(name, steps=parts),
        parallel=lambda name, parts: Parallel(*parts, name=name),
    )
    return Workflow(name=dag.name, steps=parts, telemetry=False)


def _calls(dag: Dag, step: Step, agent: AgnoAgent) -> tuple[Callable[..., Any], ...]:
    """The functions of one step: for threads and for the event loop."""
    from agno.workflow import StepOutput

    def prompt(given: Any) -> str:
        earlier = _leaves((given.previous_step_outputs or {}).values())
        return step_prompt(dag, step, {out.step_name: out.content for out in earlier})

    def call(given: Any) -> Any:
        return StepOutput(content=agent.run(prompt(given)))

    async def acall(given: Any) -> Any:
        return StepOutput(content=await agent.arun(prompt(given)))

    return call, acall


def _leaves(outputs: Iterable[Any]) -> Iterable[Any]:
    """The outputs of steps proper; a block's output holds those of its parts."""
    for output in outputs:
        if output.steps:
            yield from _leaves(output.steps)
        else:
            yield output
