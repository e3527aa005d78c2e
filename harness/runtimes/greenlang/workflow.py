"""GreenLang's workflows: one registered agent a step, run by its Orchestrator."""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes.base import RunFailed, Workflow
from harness.runtimes.greenlang import GreenLangRuntime, user_agent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


@functools.cache
def _step_agent() -> Any:
    class StepAsker(user_agent()):  # type: ignore[misc]
        """Makes its prompt of the replies that the orchestrator maps into its input."""

        def __init__(self, dag: Dag, step: Step, model: Model) -> None:
            super().__init__(model)
            self.dag = dag
            self.step = step

        def preprocess(self, input_data: dict[str, Any]) -> dict[str, Any]:
            return {"prompt": self.dag.prompt(self.step, input_data)}

    return StepAsker


class GreenLangWorkflow(Workflow):
    """Replies travel through the steps' input mappings. The policy switch is set off each time.

    Without the Open Policy Agent binary the orchestrator denies every workflow and returns in
    microseconds; with it, each run would time that binary. The switch is GreenLang's own
    (`POLICY_AVAILABLE`, False where its policy module cannot be imported).

    The orchestrator keeps every run in `execution_history`, so a workflow that is run thousands
    of times grows. That is what a long-lived program gets, so it is not cleared.
    """

    def __init__(self, dag: Dag, model: Model) -> None:
        GreenLangRuntime().load()
        from greenlang.core import orchestrator, workflow

        orchestrator.POLICY_AVAILABLE = False
        self.dag = dag
        self.orchestrator = orchestrator.Orchestrator()
        steps = []
        for step in dag.steps:
            self.orchestrator.register_agent(step.name, _step_agent()(dag, step, model))
            mapping = {need: f"results.{need}.data.reply" for need in step.needs} or None
            steps.append(
                workflow.WorkflowStep(name=step.name, agent_id=step.name, input_mapping=mapping)
            )
        self.orchestrator.register_workflow(
            dag.name, workflow.Workflow(name=dag.name, description=dag.name, steps=steps)
        )

    def run(self) -> dict[str, str]:
        output = self.orchestrator.execute_workflow(self.dag.name, {})
        if output.get("success") is not True or output.get("errors"):
            raise RunFailed(f"GreenLang workflow {self.dag.name!r} failed: {output.get('errors')}")
        results = output.get("results", {})
        replies: dict[str, str] = {}
        for step in self.dag.steps:
            result = results.get(step.name, {})
            # A step that fails with an empty error text leaves the workflow "successful".
            if result.get("success") is not True or "reply" not in result["data"]:
                raise RunFailed(f"GreenLang workflow {self.dag.name!r}: no reply of {step.name!r}")
            replies[step.name] = result["data"]["reply"]
        return replies

    async def arun(self) -> dict[str, str]:
        raise NotImplementedError(
            f"Orchestrator of {GreenLangRuntime().release()} has no asyncio entry point"
        )
