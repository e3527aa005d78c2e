"""Haystack: its Agent on a chat generator that answers a script, workflows on its pipelines.

By its own defaults four tool calls run at once, and four components of a pipeline on an event
loop; in a thread a pipeline runs one after another. Streamed pieces come by a callback. Telemetry
is off by the documented variable. Asks over HTTP through OpenAIChatGenerator. Uses only what every
release from 2.18 (September 2025) on has; tools that are an `async def` came later.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn

os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # read when Haystack is imported


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """A chat generator of Haystack's that answers a script; made once per process."""
    from haystack import component
    from haystack.dataclasses import ChatMessage, StreamingChunk, ToolCall

    def place(model: Model, said: list[Any]) -> tuple[str, int]:
        prompts = [message.text for message in said if message.role == "user"]
        results = [each.result for message in said for each in message.tool_call_results]
        texts = [m.text for m in said if m.role == "assistant" and m.text]
        return asked(model, prompts, results, texts)

    def replies(turn: Turn) -> dict[str, Any]:
        calls = [ToolCall(TOOL_NAME, {"key": call.key}, id=call.id) for call in turn.calls]
        return {"replies": [ChatMessage.from_assistant(turn.text or None, tool_calls=calls)]}

    @component
    class Scripted:
        def __init__(self, model: Model) -> None:
            self.model = model

        @component.output_types(replies=list[ChatMessage])  # type: ignore[untyped-decorator]
        def run(self, messages: Any, streaming_callback: Any = None, tools: Any = None) -> Any:
            return replies(self.model.complete(*place(self.model, messages)))

        @component.output_types(replies=list[ChatMessage])  # type: ignore[untyped-decorator]
        async def run_async(
            self, messages: Any, streaming_callback: Any = None, tools: Any = None
        ) -> Any:
            where = place(self.model, messages)
            if streaming_callback is None:
                return replies(await self.model.acomplete(*where))
            text = ""
            async for turn in self.model.astream(*where):
                text += turn.text
                await streaming_callback(StreamingChunk(turn.text))
            return replies(Turn(0.0, text, turn.calls))

    return Scripted


def _remote(model: Model) -> Any:
    """OpenAIChatGenerator without retries, and without the proxies of the environment."""
    from haystack.components.generators.chat import OpenAIChatGenerator
    from haystack.utils import Secret

    own: dict[str, Any] = {"max_retries": 0, "http_client_kwargs": {"trust_env": False}}
    return OpenAIChatGenerator(Secret.from_token("none"), "script", api_base_url=model.url, **own)


class HaystackAgent(ChatAgent):
    """haystack.components.agents.Agent, with as many steps as its script has model calls."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from haystack.components.agents import Agent
        from haystack.tools import create_tool_from_function as tool

        given = list(map(tool, tools))
        if any(map(inspect.iscoroutinefunction, tools)) and not hasattr(given[0], "invoke_async"):
            raise NotImplementedError("this release has no tools that are an `async def`")
        model = _remote(self.model) if self.model.url else _scripted()(self.model)
        steps = self.rounds + 1
        agent = Agent(chat_generator=model, tools=given, max_agent_steps=steps)
        agent.warm_up()
        return agent

    def given(self, prompt: str) -> Any:
        from haystack.dataclasses import ChatMessage

        make = {"user": ChatMessage.from_user, "assistant": ChatMessage.from_assistant}
        return [make[role](text) for role, text in (*self.earlier, ("user", prompt))]

    def run(self, prompt: str) -> str:
        return self.ended(self.plain.run(self.given(prompt)))

    async def arun(self, prompt: str) -> str:
        return self.ended(await self.asyncio.run_async(self.given(prompt)))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        pieces: asyncio.Queue[str] = asyncio.Queue()

        async def hear(chunk: Any) -> None:
            if chunk.content:
                pieces.put_nowait(chunk.content)

        given = self.given(prompt)
        run = asyncio.create_task(self.asyncio.run_async(given, streaming_callback=hear))
        run.add_done_callback(lambda _: pieces.put_nowait(""))
        while piece := await pieces.get():
            yield piece
        self.ended(await run)

    def ended(self, result: Any) -> str:
        return self.checked(result, result["messages"][-1].text)

    def results(self, result: Any) -> list[Any]:
        return [each.result for m in result["messages"] for each in m.tool_call_results]


class HaystackRuntime(base.Runtime):
    """Haystack, as installed."""

    name = "haystack"
    package = "haystack-ai"
    imports = ("haystack", "haystack.components.agents", "haystack.tools")
    workflows = "harness.runtimes.haystack.workflow:HaystackWorkflow"

    def agent(self, model: Model) -> HaystackAgent:
        return HaystackAgent(model)

    def observed(self) -> base.Observed:
        """Its own switch, with a tracer as its guide has it for other services, into memory."""
        from haystack import tracing

        ended: list[Any] = []

        class Span(tracing.Span, dict[str, Any]):  # type: ignore[misc]
            set_tag = dict.__setitem__

        @contextlib.contextmanager
        def trace(self: Any, name: str, tags: Any = None, parent_span: Any = None) -> Iterator[Any]:
            yield (span := Span(tags or {}))
            ended.append(span)

        methods = {"trace": trace, "current_span": lambda self: None}
        tracer = type("Tracer", (tracing.Tracer,), methods)()
        return spans.switched(
            ended, lambda: tracing.enable_tracing(tracer), tracing.disable_tracing
        )
