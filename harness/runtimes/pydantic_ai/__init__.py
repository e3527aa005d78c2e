"""Pydantic AI: Agent on the FunctionModel it ships, workflows on pydantic_graph's GraphBuilder.

A model behind HTTP is asked through OpenAIChatModel. Only calls present in every release from
2.51 on are used, so one adapter serves a whole history.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, openai_client, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME


def _contents(messages: list[Any], kind: str) -> list[Any]:
    return [part.content for each in messages for part in each.parts if part.part_kind == kind]


def _message(role: str, text: str) -> Any:
    """A message of an earlier conversation, as `message_history` has it."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    is_user = role == "user"
    return ModelRequest([UserPromptPart(text)]) if is_user else ModelResponse([TextPart(text)])


def _scripted(model: Model) -> Any:
    """The FunctionModel that answers the script, whole or in pieces."""
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import DeltaToolCall, FunctionModel

    def place(messages: list[Any]) -> tuple[str, int]:
        prompts = _contents(messages, "user-prompt")
        replies = _contents(messages, "text") if model.script.history else ()
        return asked(model, prompts, _contents(messages, "tool-return"), replies)

    async def answer(messages: list[Any], info: object) -> Any:
        turn = await model.acomplete(*place(messages))
        calls = [ToolCallPart(TOOL_NAME, c.arguments, tool_call_id=c.id) for c in turn.calls]
        return ModelResponse(parts=calls or [TextPart(turn.text)])

    async def stream(messages: list[Any], info: object) -> AsyncGenerator[Any, None]:
        async for turn in model.astream(*place(messages)):
            if not turn.calls:
                yield turn.text
            for index, call in enumerate(turn.calls):
                yield {index: DeltaToolCall(TOOL_NAME, call.arguments, tool_call_id=call.id)}

    return FunctionModel(answer, stream_function=stream)


def _remote(model: Model) -> Any:
    """OpenAIChatModel on a client that does not retry."""
    client = openai_client.async_client(model)
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel("script", provider=OpenAIProvider(openai_client=client))


class PydanticAIAgent(ChatAgent):
    """pydantic_ai.Agent whose model answers the script."""

    acts_on = ChatAgent.acts_on | {"history"}

    def __init__(self, model: Model, name: str = "agent") -> None:
        # A name, because without one the framework searches the caller's frame for it on every run.
        self._name = name
        super().__init__(model)
        self._history = [_message(*said) for said in self.earlier] or None

    def built(self, tools: list[Tool]) -> Any:
        from pydantic_ai import Agent

        model = _remote(self.model) if self.model.url else _scripted(self.model)
        return Agent(model, name=self._name, tools=tools)

    def run(self, prompt: str) -> str:
        """On the thread's own event loop; if the framework makes it, it stays open."""
        result = self.plain.run_sync(prompt, message_history=self._history)
        return self.checked(result, result.output)

    async def arun(self, prompt: str) -> str:
        result = await self.asyncio.run(prompt, message_history=self._history)
        return self.checked(result, result.output)

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        """Every piece as it comes: by default they are held for up to 0.1 s and joined."""
        async with self.asyncio.run_stream(prompt, message_history=self._history) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                if text:
                    yield text
            self.checked(result, "")

    def results(self, result: Any) -> list[Any]:
        return _contents(result.all_messages(), "tool-return")


class PydanticAIRuntime(base.Runtime):
    """Pydantic AI, as installed."""

    name = "pydantic_ai"
    package = "pydantic-ai-slim"
    imports = ("pydantic_ai", "pydantic_ai.models.function", "pydantic_graph")
    workflows = "harness.runtimes.pydantic_ai.workflow:PydanticAIWorkflow"

    def agent(self, model: Model) -> PydanticAIAgent:
        return PydanticAIAgent(model)

    def observed(self) -> base.Observed:
        """Agent.instrument_all with an OpenTelemetry provider, as its documentation has it."""
        from pydantic_ai import Agent, InstrumentationSettings

        def on(provider: Any) -> None:
            Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))

        return spans.recorded(on, lambda: Agent.instrument_all(False))
