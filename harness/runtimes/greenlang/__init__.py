"""GreenLang: user agents on its BaseAgent, workflows on its Orchestrator, its shipped agents.

Only a process that asks for an agent, a workflow or a shipped agent imports GreenLang.
"""

from __future__ import annotations

import functools
import logging
from pathlib import Path
from typing import Any, NoReturn

from harness.runtimes.base import Agent, RunFailed, Runtime, Shipped
from harness.workload.model import Model, no_client
from harness.workload.script import tool_result

# What a later release may call it; BaseAgent of 0.2.0 to 0.3.0 has none of them.
_ASYNC_ENTRY_POINTS = ("arun", "run_async", "async_run")
# Of its shipped agents: suffix of a name -> method, and whether it takes a list of inputs.
_SHIPPED_ENTRY_POINTS = {
    "batch": ("batch_process", True),
    "async_run": ("async_run", False),
    "async_batch": ("async_batch_process", True),
}
SHIPPED = Path(__file__).with_name("shipped.json")


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
            while (turn := self.model.complete(prompt, round)).tool_key is not None:
                tool_result(turn.tool_key)
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
    """A user agent, run through BaseAgent.run."""

    def __init__(self, agent: Any) -> None:
        self.agent = agent

    def run(self, prompt: str) -> str:
        return _reply(self.agent.run({"prompt": prompt}))

    async def arun(self, prompt: str) -> str:
        for name in _ASYNC_ENTRY_POINTS:
            if hasattr(self.agent, name):
                return _reply(await getattr(self.agent, name)({"prompt": prompt}))
        raise NotImplementedError(f"BaseAgent of {release()} has no asyncio entry point")


def _refuse_http() -> NoReturn:
    # BaseAgent asks no model: `execute` is the user's code, and with it the client.
    raise no_client(f"BaseAgent of {release()}")


def release() -> str:
    """The package and its version, as reasons name it."""
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
    workflows = "harness.runtimes.greenlang.workflow:GreenLangWorkflow"
    shipped_names = (
        "fuel", "fuel.batch", "fuel.async_batch",
        "boiler", "boiler.batch", "boiler.async_run", "boiler.async_batch",
        "carbon", "validator", "report", "benchmark", "grid_factor", "building_profile",
        "intensity", "recommendation", "field_layout", "site_input", "solar_resource",
        "load_profile", "energy_balance", "demo", "mock",
    )  # fmt: skip

    @functools.cached_property
    def _agent(self) -> Any:
        # Cached: looking up four modules costs as much as building an agent.
        self.load()
        return user_agent()

    def agent(self, model: Model) -> GreenLangAgent:
        return GreenLangAgent(self._agent(model)) if not model.url else _refuse_http()

    def observed(self) -> NoReturn:
        """Raises NotImplementedError: neither its agents nor its orchestrator record anything."""
        raise NotImplementedError(
            f"agents and workflows of {release()} record no spans: greenlang.telemetry traces "
            "only functions that a program itself wraps, with packages GreenLang does not declare"
        )

    def shipped(self, name: str) -> Shipped:
        """The shipped agent or entry point `name`, a new instance; see shipped.json.

        Every call repeats one input. GreenLang keeps no results: FuelAgent and BoilerAgent keep the
        emission factor they looked up (an `lru_cache` by agent, fuel, unit and country), as for a
        user with many bills of one fuel. Nothing is put into the cache that `cache_hits` counts.
        """
        if name not in self.shipped_names:
            return super().shipped(name)
        self.load()
        from harness.runtimes.kit import shipped

        logger = logging.getLogger("greenlang")
        if "." in name and not logger.handlers:
            # FuelAgent and BoilerAgent share a tracker among their threads, and it can warn of
            # that. For warnings only: making the records costs what it costs a user.
            logger.addHandler(logging.NullHandler(logging.WARNING))
        return shipped.build(SHIPPED, name, release(), _SHIPPED_ENTRY_POINTS)
