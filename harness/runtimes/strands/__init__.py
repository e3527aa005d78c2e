"""Strands Agents: Agent on a subclass of its Model interface, workflows on GraphBuilder.

Each run has an agent of its own: one keeps its conversation and refuses other runs meanwhile. Plain
runs have a thread and an event loop each. Graphs run in batches, each a barrier; what a step needs
reaches it as text in the task that the framework writes. Asks over HTTP through OpenAIModel, with
a client for each model call. Uses only what every release from 1.12 (October 2025) on has.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME


def parts(messages: list[Any], role: str, kind: str) -> list[Any]:
    blocks = (block for each in messages if each["role"] == role for block in each["content"])
    return [block[kind] for block in blocks if kind in block]


def _results(result: list[Any]) -> list[Any]:
    return [each["content"][0].get("text") for each in parts(result, "user", "toolResult")]


def _place(model: Model, messages: list[Any]) -> tuple[str, int]:
    prompts, replies = (parts(messages, role, "text") for role in ("user", "assistant"))
    return asked(model, prompts, _results(messages), replies)


@functools.cache
def _scripted() -> Callable[..., Any]:
    """The framework's Model that answers a script, as a stream: it has no other form."""
    from strands.models import Model as StrandsModel

    class Scripted(StrandsModel):  # type: ignore[misc]
        def __init__(self, model: Model, place: Any) -> None:
            self.script, self.place = model, place

        async def stream(self, messages: list[Any], *args: Any, **options: Any) -> Any:
            yield {"messageStart": {"role": "assistant"}}
            async for turn in self.script.astream(*self.place(self.script, messages)):
                for call in turn.calls:
                    tool = {"name": TOOL_NAME, "toolUseId": call.id}
                    yield {"contentBlockStart": {"start": {"toolUse": tool}}}
                    yield {"contentBlockDelta": {"delta": {"toolUse": {"input": call.arguments}}}}
                    yield {"contentBlockStop": {}}
                if not turn.calls:
                    yield {"contentBlockDelta": {"delta": {"text": turn.text}}}
            if not turn.calls:
                yield {"contentBlockStop": {}}
            yield {"messageStop": {"stopReason": "tool_use" if turn.calls else "end_turn"}}

        get_config, update_config, structured_output = dict, None, None  # abstract; two not called

    return Scripted


@needing("the openai package is not installed here")
def _remote(model: Model) -> Any:
    from strands.models.openai import OpenAIModel

    args = {"base_url": model.url, "api_key": "none", "max_retries": 0}
    return OpenAIModel(client_args=args, model_id="script")


class StrandsAgent(ChatAgent):
    """strands.Agent, made for each run; its model and its tools are made once."""

    acts_on = ChatAgent.acts_on | {"history"}
    place, results = staticmethod(_place), staticmethod(_results)

    def built(self, tools: list[Tool]) -> Callable[[], Any]:
        import strands

        model = _remote(self.model) if self.model.url else _scripted()(self.model, self.place)
        given = [strands.tool(tool) for tool in tools]

        def agent() -> Any:
            said = [{"role": role, "content": [{"text": text}]} for role, text in self.earlier]
            return strands.Agent(model=model, tools=given, messages=said, callback_handler=None)

        agent()  # so that building costs what one costs
        return agent

    def run(self, prompt: str) -> str:
        agent = self.plain()
        return self._ended(agent, agent(prompt))

    async def arun(self, prompt: str) -> str:
        agent = self.asyncio()
        return self._ended(agent, await agent.invoke_async(prompt))

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        async for event in (agent := self.asyncio()).stream_async(prompt):
            if event.get("data"):
                yield event["data"]
        self._ended(agent, event["result"])

    def _ended(self, agent: Any, result: Any) -> str:
        return self.checked(agent.messages, result.message["content"][-1].get("text"))


class StrandsRuntime(base.Runtime):
    """Strands Agents, as installed."""

    name = "strands"
    package = "strands-agents"
    imports = ("strands",)
    workflows = "harness.runtimes.strands.workflow:StrandsWorkflow"

    def agent(self, model: Model) -> StrandsAgent:
        return StrandsAgent(model)

    def observed(self) -> base.Observed:
        return spans.everywhere()
