"""Agno: Agent on a subclass of its Model interface, workflows on Workflow, Steps and Parallel.

A model behind HTTP is asked through OpenAILike. Telemetry is off by the documented
`telemetry=False`: with it on, every run is reported to Agno's servers. Without a database an
agent keeps no history, so one agent serves any number of runs at once. Only calls present in
every release from 2.2.6 (November 2025) on are used; streams are n/a in the first of them.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, needing, openai_client, place_of, spans
from harness.workload.model import Model
from harness.workload.script import Turn


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """Agno's Model that answers a script with messages and tool calls; made once per process."""
    from agno.models.base import Model as AgnoModel
    from agno.models.response import ModelResponse

    def response(turn: Turn) -> Any:
        if not turn.calls:
            return ModelResponse(role="assistant", content=turn.text)
        return ModelResponse(role="assistant", tool_calls=openai_client.calls_of(turn))

    class Scripted(AgnoModel):  # type: ignore[misc]
        def __init__(self, model: Model) -> None:
            super().__init__(id="script", name="script", provider="script")
            self.model = model

        def invoke(self, messages: list[Any], **options: Any) -> Any:
            return response(self.model.complete(*place_of(self.model, messages)))

        async def ainvoke(self, messages: list[Any], **options: Any) -> Any:
            return response(await self.model.acomplete(*place_of(self.model, messages)))

        async def ainvoke_stream(self, messages: list[Any], **options: Any) -> Any:
            async for turn in self.model.astream(*place_of(self.model, messages)):
                yield response(turn)

        # Abstract in Agno, and called only for streams in threads and for real providers.
        invoke_stream = _parse_provider_response = _parse_provider_response_delta = None

    return Scripted


def _remote(model: Model) -> Any:
    """OpenAILike, which Agno has for any server of that kind, on clients that do not retry."""
    client, async_client = openai_client.sync_client(model), openai_client.async_client(model)
    from agno.models.openai import OpenAILike

    return OpenAILike(id="script", client=client, async_client=async_client)


class AgnoAgent(ChatAgent):
    """agno.agent.Agent whose model answers the script."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from agno.agent import Agent

        model = _remote(self.model) if self.model.url else _scripted()(self.model)
        return Agent(model=model, tools=tools, telemetry=False)

    def run(self, prompt: str) -> str:
        return self.ended(self.plain.run(self.given(prompt)))

    async def arun(self, prompt: str) -> str:
        return self.ended(await self.asyncio.arun(self.given(prompt)))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        result = None
        # The last thing it yields is the whole run; all before are events.
        async for result in self.asyncio.arun(
            self.given(prompt), stream=True, yield_run_output=True
        ):
            if getattr(result, "event", "") == "RunContent" and result.content:
                yield result.content
        if not hasattr(result, "status"):
            raise NotImplementedError("a stream of this release does not end with its whole run")
        self.ended(result)

    def ended(self, result: Any) -> str:
        # From 3.0 on, a run whose model raises returns with this status and the error's text.
        if result.status != "COMPLETED":
            raise base.RunFailed(f"the run ended {result.status}: {result.content}")
        return self.checked(result, result.content)

    def results(self, result: Any) -> list[Any]:
        return [tool.result for tool in result.tools or ()]


class AgnoRuntime(base.Runtime):
    """Agno, as installed."""

    name = "agno"
    package = "agno"
    imports = ("agno.agent", "agno.models.base")
    workflows = "harness.runtimes.agno.workflow:AgnoWorkflow"

    def agent(self, model: Model) -> AgnoAgent:
        return AgnoAgent(model)

    @needing("openinference-instrumentation-agno is missing")
    def observed(self) -> base.Observed:
        """The instrumentor that agno.tracing uses, with spans in memory, not in a database."""
        import agno.models.base
        from openinference.instrumentation.agno import AgnoInstrumentor

        # It instruments the models that it finds in Agno's modules: ours must be among them, or
        # model calls, which every provider's user sees, would go untraced.
        agno.models.base.Scripted = _scripted()
        return spans.instrumented(AgnoInstrumentor())
