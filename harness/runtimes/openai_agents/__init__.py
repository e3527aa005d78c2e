"""OpenAI Agents SDK: Agent and Runner on a subclass of its Model interface.

A model behind HTTP is asked through OpenAIChatCompletionsModel. Tracing is off by the SDK's
documented switch: with it on, a thread sends every trace to OpenAI's servers. Without a session an
agent keeps no history. Only calls present in every release from 0.5 (November 2025) on are used.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, openai_client, spans
from harness.workload.model import Model
from harness.workload.script import Turn


@functools.cache
def _sdk() -> Any:
    """The SDK, with tracing switched off when it is first used."""
    import agents

    agents.set_tracing_disabled(True)
    return agents


def _place(model: Model, given: Any) -> tuple[str, int]:
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    prompts = [item["content"] for item in items if item.get("role") == "user"]
    results = [item["output"] for item in items if item.get("type") == "function_call_output"]
    replies = [item["content"] for item in items if item.get("role") == "assistant"]
    return asked(model, prompts, results, replies)


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """The SDK's Model that answers a script with messages and tool calls, as OpenAI's would."""
    agents = _sdk()

    class Scripted(agents.Model):  # type: ignore[misc, name-defined]
        def __init__(self, model: Model) -> None:
            self.model = model

        async def get_response(
            self, system_instructions: Any, input: Any, *args: Any, **options: Any
        ) -> Any:
            items = openai_client.items_of(await self.model.acomplete(*_place(self.model, input)))
            return agents.ModelResponse(output=items, usage=agents.Usage(), response_id=None)

        async def stream_response(
            self, system_instructions: Any, input: Any, *args: Any, **options: Any
        ) -> AsyncGenerator[Any, None]:
            texts: list[str] = []
            async for turn in self.model.astream(*_place(self.model, input)):
                if not turn.calls:
                    texts.append(turn.text)
                    yield openai_client.delta_of(turn.text, len(texts))
            whole = Turn(0.0, "".join(texts), turn.calls)
            yield openai_client.completed_with(whole, len(texts) + 1)

    return Scripted


class OpenAIAgentsAgent(ChatAgent):
    """agents.Agent, run by agents.Runner: for ten model calls unless it is given how many."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        sdk = _sdk()
        if self.model.url:
            model = sdk.OpenAIChatCompletionsModel("script", openai_client.async_client(self.model))
        else:
            model = _scripted()(self.model)
        return sdk.Agent(name="agent", model=model, tools=[sdk.function_tool(t) for t in tools])

    def run(self, prompt: str) -> str:
        """On the thread's own event loop; if the SDK makes it, it stays open."""
        result = _sdk().Runner.run_sync(self.plain, self.given(prompt), max_turns=self.rounds + 1)
        return self.checked(result, result.final_output)

    async def arun(self, prompt: str) -> str:
        given = self.given(prompt)
        result = await _sdk().Runner.run(self.asyncio, given, max_turns=self.rounds + 1)
        return self.checked(result, result.final_output)

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        given = self.given(prompt)
        result = _sdk().Runner.run_streamed(self.asyncio, given, max_turns=self.rounds + 1)
        async for event in result.stream_events():
            data = event.data if event.type == "raw_response_event" else None
            if data is not None and data.type == "response.output_text.delta" and data.delta:
                yield data.delta
        self.checked(result, result.final_output)

    def results(self, result: Any) -> list[Any]:
        return [i.output for i in result.new_items if i.type == "tool_call_output_item"]


class OpenAIAgentsRuntime(base.Runtime):
    """OpenAI Agents SDK, as installed. No workflows: its guide has asyncio.gather for agents."""

    name = "openai_agents"
    package = "openai-agents"
    imports = ("agents",)

    def agent(self, model: Model) -> OpenAIAgentsAgent:
        return OpenAIAgentsAgent(model)

    def observed(self) -> base.Observed:
        """Its tracing, with our processor for the one that sends; our model makes no spans."""
        recorder, sink = spans.listener(_sdk().TracingProcessor, "on_span_end")

        def switch(off: bool) -> None:
            _sdk().set_trace_processors([] if off else [recorder])
            _sdk().set_tracing_disabled(off)

        return spans.switched(sink, lambda: switch(False), lambda: switch(True))
