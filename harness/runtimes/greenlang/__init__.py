"""GreenLang: user agents on its BaseAgent, workflows on its Orchestrator, its shipped agents.

Only a process that asks for an agent, a workflow or a shipped agent imports GreenLang.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from harness.runtimes.base import Agent, RunFailed, Runtime, Shipped, Workflow
from harness.workload.dag import Dag, Step
from harness.workload.model import Model, no_client
from harness.workload.script import tool_result

if TYPE_CHECKING:
    from collections.abc import Callable

# What a later release may call it; BaseAgent of 0.2.0 to 0.3.0 has none of them.
_ASYNC_ENTRY_POINTS = ("arun", "run_async", "async_run")


@functools.cache
def _user_agents() -> tuple[Callable[[Model], Any], Callable[[Dag, Step, Model], Any]]:
    """The agents a user would write, for one prompt and for one step of a workflow.

    Defined once per process: building an agent must not pay for making a class.
    """
    from greenlang.agents.base import AgentConfig, AgentResult, BaseAgent

    class Asker(BaseAgent):  # type: ignore[misc]
        """Asks the model, calls the tool while the model wants it (BaseAgent has no such loop)."""

        def __init__(self, model: Model) -> None:
            super().__init__(AgentConfig(name="asker", description="Asks the model"))
            self.model = model

        def execute(self, input_data: dict[str, Any]) -> Any:
            prompt = input_data["prompt"]
            round = 0
            while (turn := self.model.complete(prompt, round)).tool_key is not None:
                tool_result(turn.tool_key)
                round += 1
            return AgentResult(success=True, data={"reply": turn.text})

    class StepAsker(Asker):
        """Makes its prompt of the replies that the orchestrator maps into its input."""

        def __init__(self, dag: Dag, step: Step, model: Model) -> None:
            super().__init__(model)
            self.dag = dag
            self.step = step

        def preprocess(self, input_data: dict[str, Any]) -> dict[str, Any]:
            return {"prompt": self.dag.prompt(self.step, input_data)}

    return Asker, StepAsker


def _reply(result: Any) -> str:
    """The reply in an AgentResult. BaseAgent.run swallows exceptions: they surface here."""
    if result.success is not True:
        raise RunFailed(f"GreenLang agent failed: {result.error}")
    reply = result.data.get("reply")
    if not isinstance(reply, str):
        raise RunFailed(f"GreenLang agent returned no reply: {result.data!r}")
    return reply


class GreenLangAgent(Agent):
    """A user agent, run through BaseAgent.run."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    def run(self, prompt: str) -> str:
        return _reply(self.agent.run({"prompt": prompt}))

    async def arun(self, prompt: str) -> str:
        for name in _ASYNC_ENTRY_POINTS:
            if hasattr(self.agent, name):
                return _reply(await getattr(self.agent, name)({"prompt": prompt}))
        raise NotImplementedError(f"BaseAgent of {_release()} has no asyncio entry point")


class GreenLangWorkflow(Workflow):
    """One registered agent a step; replies travel through the steps' input mappings.

    The orchestrator keeps every run in `execution_history`, so a workflow that is run
    thousands of times grows. That is what a long-lived program gets, so it is not cleared.
    """

    def __init__(self, orchestrator: Any, dag: Dag) -> None:
        self.orchestrator = orchestrator
        self.dag = dag

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
        raise NotImplementedError(f"Orchestrator of {_release()} has no asyncio entry point")


def _refuse_http() -> NoReturn:
    # BaseAgent asks no model: `execute` is the user's code, and with it the client.
    raise no_client(f"BaseAgent of {_release()}")


def _release() -> str:
    return f"{GreenLangRuntime.package} {GreenLangRuntime().version()}"


class GreenLangRuntime(Runtime):
    """GreenLang as installed from the package index (`greenlang-cli`)."""

    name = "greenlang"
    package = "greenlang-cli"
    imports = (
        "greenlang",
        "greenlang.agents.base",
        "greenlang.core.orchestrator",
        "greenlang.core.workflow",
    )
    shipped_names = (
        "fuel", "fuel.batch", "fuel.async_batch",
        "boiler", "boiler.batch", "boiler.async_run", "boiler.async_batch",
        "carbon", "validator", "report", "benchmark", "grid_factor", "building_profile",
        "intensity", "recommendation", "field_layout", "site_input", "solar_resource",
        "load_profile", "energy_balance", "demo", "mock",
    )  # fmt: skip

    _import_failure: ClassVar[str] = ""

    def load(self) -> None:
        """Import GreenLang; NotImplementedError if it does not import as installed, each time.

        A failed import must stay failed: by then GreenLang has put a folder with another,
        unfinished `greenlang` package first in sys.path, and a second attempt imports that.
        """
        if self._import_failure:
            raise NotImplementedError(self._import_failure)
        try:
            super().load()
        except NotImplementedError as error:
            type(self)._import_failure = str(error)
            raise

    @functools.cached_property
    def _agents(self) -> tuple[Callable[[Model], Any], Callable[[Dag, Step, Model], Any]]:
        # Cached: looking up four modules costs as much as building an agent.
        self.load()
        return _user_agents()

    def agent(self, model: Model) -> GreenLangAgent:
        return GreenLangAgent(self._agents[0](model)) if not model.url else _refuse_http()

    def workflow(self, dag: Dag, model: Model) -> GreenLangWorkflow:
        """A workflow with the policy switch off, set each time one is built.

        Without the Open Policy Agent binary the orchestrator denies every workflow and returns
        in microseconds; with it, each run would time that binary. The switch is GreenLang's own
        (`POLICY_AVAILABLE`, False where its policy module cannot be imported).
        """
        step_agent = self._agents[1]
        from greenlang.core import orchestrator, workflow

        orchestrator.POLICY_AVAILABLE = False
        conductor = orchestrator.Orchestrator()
        steps = []
        for step in dag.steps:
            conductor.register_agent(step.name, step_agent(dag, step, model))
            mapping = {need: f"results.{need}.data.reply" for need in step.needs}
            steps.append(
                workflow.WorkflowStep(
                    name=step.name, agent_id=step.name, input_mapping=mapping or None
                )
            )
        conductor.register_workflow(
            dag.name, workflow.Workflow(name=dag.name, description=dag.name, steps=steps)
        )
        return GreenLangWorkflow(conductor, dag)

    def observed(self) -> NoReturn:
        """Raises NotImplementedError: neither its agents nor its orchestrator record anything."""
        raise NotImplementedError(
            f"agents and workflows of {_release()} record no spans: greenlang.telemetry traces "
            "only functions that a program itself wraps, with packages GreenLang does not declare"
        )

    def shipped(self, name: str) -> Shipped:
        """The shipped agent or entry point `name`, a new instance; see `shipped`."""
        if name not in self.shipped_names:
            return super().shipped(name)
        self.load()
        from harness.runtimes.greenlang.shipped import build

        return build(name, _release())
