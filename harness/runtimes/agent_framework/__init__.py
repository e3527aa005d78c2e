"""Microsoft Agent Framework: Agent on a subclass of BaseChatClient, workflows on WorkflowBuilder.

Runs are on an event loop only; workflows run in supersteps, each a barrier. Instrumentation is on,
as it comes, with no provider that records it. Asks over HTTP through OpenAIChatCompletionClient of
agent-framework-openai. Uses only what every release from 1.0 (April 2026) on has.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, openai_client, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn


def _results(messages: list[Any]) -> list[Any]:
    parts = (part for message in messages for part in message.contents)
    return [part.result for part in parts if part.type == "function_result"]


def _place(model: Model, messages: list[Any]) -> tuple[str, int]:
    prompts = [message.text for message in messages if message.role == "user"]
    replies = [each.text for each in messages if each.role == "assistant" and each.text]
    return asked(model, prompts, _results(messages), replies)


@functools.cache
def _scripted() -> Callable[..., Any]:
    """A chat client that answers a script, whole or in pieces."""
    import agent_framework as af
    from agent_framework.observability import ChatTelemetryLayer

    def contents(turn: Turn) -> list[Any]:
        made = af.Content.from_function_call
        calls = [made(call.id, TOOL_NAME, arguments=call.arguments) for call in turn.calls]
        return calls or [af.Content.from_text(turn.text)]

    class Layers(af.FunctionInvocationLayer, af.ChatMiddlewareLayer, ChatTelemetryLayer):  # type: ignore[misc]
        """Those of the clients that the framework ships, in their order."""

    class Scripted(Layers, af.BaseChatClient):  # type: ignore[misc]
        def __init__(self, model: Model, **options: Any) -> None:
            super().__init__(**options)
            self.script = model

        def _inner_get_response(self, *, messages: Any, stream: bool, **options: Any) -> Any:
            if stream:
                return self._build_response_stream(self._pieces(messages))
            return self._answer(messages)

        async def _answer(self, messages: Any) -> Any:
            turn = await self.script.acomplete(*_place(self.script, messages))
            return af.ChatResponse(messages=[af.Message("assistant", contents(turn))])

        async def _pieces(self, messages: Any) -> AsyncGenerator[Any, None]:
            async for turn in self.script.astream(*_place(self.script, messages)):
                yield af.ChatResponseUpdate(role="assistant", contents=contents(turn))

    return Scripted


@needing("agent-framework-openai is not installed here")
def _remote(model: Model, **options: Any) -> Any:
    """The shipped client for any server of that kind, on one of openai's that does not retry."""
    from agent_framework.openai import OpenAIChatCompletionClient

    client = openai_client.async_client(model)
    return OpenAIChatCompletionClient("script", async_client=client, **options)


class AgentFrameworkAgent(ChatAgent):
    """agent_framework.Agent: for 40 model calls unless it is given how many."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from agent_framework import Agent, Message

        limits = {"max_iterations": self.rounds + 1}
        kind = _remote if self.model.url else _scripted()
        client = kind(self.model, function_invocation_configuration=limits)
        self._said = [Message(role, [text]) for role, text in self.earlier]
        return Agent(client=client, tools=tools)

    async def arun(self, prompt: str) -> str:
        result = await self.asyncio.run([*self._said, prompt])
        return self.checked(result, result.text)

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        stream = self.asyncio.run([*self._said, prompt], stream=True)
        async for update in stream:
            if update.text:
                yield update.text
        self.checked(await stream.get_final_response(), "")

    def results(self, result: Any) -> list[Any]:
        return _results(result.messages)


class AgentFrameworkRuntime(base.Runtime):
    """Microsoft Agent Framework, as installed."""

    name = "agent_framework"
    package = "agent-framework-core"
    imports = ("agent_framework",)
    workflows = "harness.runtimes.agent_framework.workflow:AgentFrameworkWorkflow"

    def agent(self, model: Model) -> AgentFrameworkAgent:
        return AgentFrameworkAgent(model)

    def observed(self) -> base.Observed:
        """Spans of runs, model calls and tools, from OpenTelemetry's global provider."""
        from agent_framework import observability

        observability.enable_instrumentation()  # which it is from 1.6 on
        return spans.everywhere()
