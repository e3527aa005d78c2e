"""GreenLang: user agents on its BaseAgent, workflows on its Orchestrator, its shipped agents.

Only a process that asks for an agent, a workflow or a shipped agent imports GreenLang.
"""

from __future__ import annotations

import functools
from typing import Any, NoReturn

from harness.runtimes.base import Agent, RunFailed, Runtime, Shipped, Workflow
from harness.workload.dag import Dag
from harness.workload.model import Model, no_client
from harness.workload.script import tool_result


@functools.cache
def user_agent() -> Any:
    """The class of agent that a user would write.

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
            while (turn := self.model.complete(prompt, round)).calls:
                for call in turn.calls:
                    tool_result(call.key)
                round += 1
            return AgentResult(success=True, data={"reply": turn.text})

    return Asker


def _reply(result: Any) -> str:
    """The reply in an AgentResult. BaseAgent.run swallows exceptions: they surface here."""
    if result.success is not True:
        raise RunFailed(f"GreenLang agent failed: {result.error}")
    reply = result.data.get("reply")
    if not isinstance(reply, str):
        raise RunFailed(f"GreenLang agent returned no reply: {result.data!r}")
    return reply


class GreenLangAgent(Agent):
    """A user agent, run through BaseAgent.run; on an event loop, one on AsyncAgentBase."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    @functools.cached_property
    def asynchronous(self) -> Any:
        from harness.runtimes.greenlang.asynchronous import user_agent

        return user_agent()(self.agent.model)

    def run(self, prompt: str) -> str:
        return _reply(self.agent.run({"prompt": prompt}))

    async def arun(self, prompt: str) -> str:
        return _reply(await self.asynchronous.run_async({"prompt": prompt}))


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
    workflows = "harness.runtimes.greenlang.workflow:GreenLangWorkflow"
    shipped_names = (
        "fuel", "fuel.batch", "fuel.async_batch",
        "boiler", "boiler.batch", "boiler.async_run", "boiler.async_batch",
        "carbon", "validator", "report", "benchmark", "grid_factor", "building_profile",
        "intensity", "recommendation", "field_layout", "site_input", "solar_resource",
        "load_profile", "energy_balance", "demo", "mock", "fuel_ai_async",
    )  # fmt: skip

    @functools.cached_property
    def _agent(self) -> Any:
        # Cached: looking up four modules costs as much as building an agent.
        self.load()
        return user_agent()

    @property
    def asker(self) -> str:
        """What asks no model: its `execute` is the user's code, and with it the client."""
        return f"BaseAgent of {self.release()}"

    def agent(self, model: Model) -> GreenLangAgent:
        if model.url:
            no_client(self.asker)
        if model.script.more:
            raise NotImplementedError(f"{self.asker} calls no tools and keeps no conversation")
        return GreenLangAgent(self._agent(model))

    def guarded(self, dag: Dag, model: Model) -> Workflow:
        from harness.runtimes.greenlang.workflow import guarded

        return guarded(dag, model)

    def observed(self) -> NoReturn:
        raise NotImplementedError(
            f"agents and workflows of {self.release()} record no spans: greenlang.telemetry traces "
            "only functions that a program itself wraps, with packages GreenLang does not declare"
        )

    def shipped(self, name: str) -> Shipped:
        """The shipped agent or entry point `name`, a new instance."""
        if name not in self.shipped_names:
            return super().shipped(name)
        self.load()
        from harness.runtimes.greenlang import shipped

        return shipped.build(name, self.release())
