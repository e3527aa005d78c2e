"""Agno's workflows: Workflow, Steps and Parallel, nested as the DAG's own shape asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harness.runtimes import base
from harness.runtimes.agno.agent import AgnoAgent
from harness.runtimes.kit.series_parallel import Block, block_of
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


class AgnoWorkflow(base.Workflow):
    """One agent a step, nested in Steps and Parallel as the DAG's own shape asks.

    Workflow.run refuses asyncio steps and plain ones would block the event loop: there are two
    workflows on the same agents. Steps are not retried (Agno would ask up to four times).
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        block = block_of(dag)
        calls = {step.name: _calls(dag, step, AgnoAgent(model)) for step in dag.steps}
        self._plain = _workflow(dag, block, {name: both[0] for name, both in calls.items()})
        self._asyncio = _workflow(dag, block, {name: both[1] for name, both in calls.items()})
        self._names = sorted(calls)

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
        if (ran := sorted(out.step_name for out in outputs)) != self._names:
            raise base.RunFailed(f"the workflow ran {ran}, not {self._names}")
        return {out.step_name: out.content for out in outputs}


def _workflow(dag: Dag, block: Block, executors: dict[str, Callable[..., Any]]) -> Any:
    from agno.workflow import Parallel, Steps, Workflow
    from agno.workflow import Step as AgnoStep

    def build(block: Block) -> Any:
        if block.kind == "step":
            return AgnoStep(name=block.name, executor=executors[block.name], max_retries=0)
        parts = [build(part) for part in block.parts]
        # Agno keeps outputs by name, so every block has one of its own.
        name = f"{block.kind} {block.name}"
        return Steps(name, steps=parts) if block.kind == "series" else Parallel(*parts, name=name)

    parts = block.parts if block.kind == "series" else (block,)
    return Workflow(name=dag.name, steps=[build(part) for part in parts], telemetry=False)


def _calls(dag: Dag, step: Step, agent: AgnoAgent) -> tuple[Callable[..., Any], ...]:
    """The functions of one step: for threads and for the event loop."""
    from agno.workflow import StepOutput

    def call(step_input: Any) -> Any:
        return StepOutput(content=agent.run(_prompt(dag, step, step_input)))

    async def acall(step_input: Any) -> Any:
        return StepOutput(content=await agent.arun(_prompt(dag, step, step_input)))

    return call, acall


def _prompt(dag: Dag, step: Step, step_input: Any) -> str:
    """A step's prompt, of the outputs that Agno hands it; KeyError if one of them is missing."""
    earlier = _leaves((step_input.previous_step_outputs or {}).values())
    return dag.prompt(step, {out.step_name: out.content for out in earlier})


def _leaves(outputs: Iterable[Any]) -> Iterable[Any]:
    """The outputs of steps proper; a block's output holds those of its parts."""
    for output in outputs:
        if output.steps:
            yield from _leaves(output.steps)
        else:
            yield output
