"""LangGraph: its prebuilt ReAct agent on a subclass of LangChain's BaseChatModel; StateGraph.

Nodes run in supersteps, each a barrier. Asks over HTTP through ChatOpenAI. Runs from 0.3.14 on.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace
from typing import Any, ClassVar

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, openai_client, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """LangChain's chat model that answers a script; made once per process."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
    from langchain_core.utils.function_calling import convert_to_openai_tool

    def place(model: Model, said: list[Any]) -> tuple[str, int]:
        kinds = "human", "tool", "ai"
        texts = ([m.content for m in said if m.type == kind and m.content] for kind in kinds)
        return asked(model, *texts)

    def message(turn: Turn, kind: Any = AIMessage) -> Any:
        calls = [{"name": TOOL_NAME, "args": {"key": c.key}, "id": c.id} for c in turn.calls]
        return kind(turn.text, tool_calls=calls)

    def whole(turn: Turn) -> Any:
        return ChatResult(generations=[ChatGeneration(message=message(turn))])

    class Scripted(BaseChatModel):  # type: ignore[misc]
        script: Any
        _llm_type: ClassVar[str] = "script"

        def bind_tools(self, tools: Any, **options: Any) -> Any:
            return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **options)

        def _generate(self, messages: Any, *args: Any, **options: Any) -> Any:
            return whole(self.script.complete(*place(self.script, messages)))

        async def _agenerate(self, messages: Any, *args: Any, **options: Any) -> Any:
            return whole(await self.script.acomplete(*place(self.script, messages)))

        async def _astream(self, messages: Any, *args: Any, **options: Any) -> Any:
            async for turn in self.script.astream(*place(self.script, messages)):
                yield ChatGenerationChunk(message=message(turn, AIMessageChunk))

    return lambda model: Scripted(script=model)


@needing("langchain-openai is not installed here")
def _remote(model: Model) -> Any:
    from langchain_openai import ChatOpenAI

    aclient = openai_client.options("Async", model)["http_client"]
    return ChatOpenAI(model="script", http_async_client=aclient, **openai_client.options("", model))


class LangGraphAgent(ChatAgent):
    """langgraph.prebuilt.create_react_agent, with a recursion limit for as many tool rounds."""

    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Any:
        from langgraph.prebuilt import create_react_agent

        model = _remote(self.model) if self.model.url else _scripted()(self.model)
        return create_react_agent(model, tools).with_config(recursion_limit=2 * self.rounds + 3)

    def given(self, prompt: str) -> dict[str, Any]:
        return {"messages": [*self.earlier, ("user", prompt)]}

    def run(self, prompt: str) -> str:
        return self.ended(self.plain.invoke(self.given(prompt)))

    async def arun(self, prompt: str) -> str:
        return self.ended(await self.asyncio.ainvoke(self.given(prompt)))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        said = []
        async for message, _ in self.asyncio.astream(self.given(prompt), stream_mode="messages"):
            said.append(message)
            if message.type == "AIMessageChunk" and message.content:
                yield message.content
        self.ended({"messages": said})

    def ended(self, result: Any) -> str:
        return self.checked(result, result["messages"][-1].content)

    def results(self, result: Any) -> list[Any]:
        return [each.content for each in result["messages"] if each.type == "tool"]


class LangGraphRuntime(base.Runtime):
    """LangGraph, as installed."""

    name = "langgraph"
    package = "langgraph"
    imports = ("langgraph.prebuilt", "langgraph.graph")
    workflows = "harness.runtimes.langgraph.workflow:LangGraphWorkflow"

    def agent(self, model: Model) -> LangGraphAgent:
        return LangGraphAgent(model)

    def observed(self) -> base.Observed:
        """LangSmith's tracer, as its switch has it, on a client that keeps what others send."""
        from langchain_core.tracers.context import tracing_v2_enabled

        done: list[Any] = []
        kept = SimpleNamespace(create_run=dict, update_run=lambda *_, **run: done.append(run))
        on = tracing_v2_enabled(client=kept)
        return spans.switched(done, on.__enter__, lambda: on.__exit__(None, None, None))
