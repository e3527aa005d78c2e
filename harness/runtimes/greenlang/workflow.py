"""GreenLang's workflows: one registered agent a step, run by its Orchestrator."""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes.base import RunFailed, Workflow
from harness.runtimes.greenlang import GreenLangRuntime, asynchronous, user_agent
from harness.workload.dag import Dag, Step
from harness.workload.model import Model


@functools.cache
def _step_agent(asker: Any) -> Any:
    class StepAsker(asker):  # type: ignore[misc]
        """Makes its prompt of the replies that the orchestrator maps into its input."""

        def __init__(self, dag: Dag, step: Step, model: Model) -> None:
            super().__init__(model)
            self.dag = dag
            self.step = step

        def preprocess(self, input_data: dict[str, Any]) -> dict[str, Any]:
            return {"prompt": self.dag.prompt(self.step, input_data)}

        async def validate_impl_async(self, input_data: dict[str, Any], context: Any) -> Any:
            return self.preprocess(input_data)

    return StepAsker


class Denied(RunFailed):
    """The policy check let nothing run."""


def guarded(dag: Dag, model: Model) -> GreenLangWorkflow:
    """A workflow with the policy switch as it is shipped; NotImplementedError if that denies it."""
    try:
        GreenLangWorkflow(dag, Model(dag.script()), switched_off=False).run()
    except Denied as error:
        raise NotImplementedError(f"{GreenLangRuntime().release()} denies it: {error}") from None
    return GreenLangWorkflow(dag, model, switched_off=False)


@functools.cache
def _policy(module: Any) -> bool:
    """Whether a module checks policies, as it is shipped."""
    return getattr(module, "POLICY_AVAILABLE", False)


class GreenLangWorkflow(Workflow):
    """Replies travel through the steps' input mappings. The policy switch is set off each time.

    Without the Open Policy Agent binary the orchestrator denies every workflow and returns in
    microseconds; with it, each run would time that binary. The switch is GreenLang's own
    (`POLICY_AVAILABLE`, False where its policy module cannot be imported).

    The orchestrator keeps every run in `execution_history`, so a workflow that is run thousands
    of times grows. That is what a long-lived program gets, so it is not cleared.

    On an event loop its AsyncOrchestrator, where there is one, runs agents level by level.
    """

    def __init__(self, dag: Dag, model: Model, switched_off: bool = True) -> None:
        GreenLangRuntime().load()
        from greenlang.core import orchestrator

        self.dag, self.model, self.switched_off = dag, model, switched_off
        self.orchestrator = self._filled(orchestrator, "Orchestrator", user_agent())

    @functools.cached_property
    def asynchronous(self) -> Any:
        asker = asynchronous.user_agent()
        from greenlang.core import async_orchestrator

        return self._filled(async_orchestrator, "AsyncOrchestrator", asker)

    def _filled(self, module: Any, name: str, asker: Any) -> Any:
        from greenlang.core import workflow

        module.POLICY_AVAILABLE = _policy(module) and not self.switched_off
        filled = getattr(module, name)()
        steps = []
        for step in self.dag.steps:
            filled.register_agent(step.name, _step_agent(asker)(self.dag, step, self.model))
            mapping = {need: f"results.{need}.data.reply" for need in step.needs} or None
            steps.append(
                workflow.WorkflowStep(name=step.name, agent_id=step.name, input_mapping=mapping)
            )
        name = self.dag.name
        filled.register_workflow(name, workflow.Workflow(name=name, description=name, steps=steps))
        return filled

    def run(self, output: Any = None) -> dict[str, str]:
        output = output or self.orchestrator.execute_workflow(self.dag.name, {})
        if output.get("success") is not True or output.get("errors"):
            kind = Denied if "policy_check" in str(output.get("errors")) else RunFailed
            raise kind(f"GreenLang workflow {self.dag.name!r} failed: {output.get('errors')}")
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
        return self.run(await self.asynchronous.execute_workflow_async(self.dag.name, {}))
