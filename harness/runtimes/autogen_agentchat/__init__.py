"""AutoGen AgentChat: AssistantAgent on a ChatCompletionClient of ours, workflows on GraphFlow.

An agent is made for each run, of tools and a client that stay, because it keeps what was said; so
is a GraphFlow, whose next steps wait for all that run: a barrier. Asks over HTTP through
OpenAIChatCompletionClient. Uses only what every release from 0.7 (July 2025) on has.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from harness.runtimes import base
from harness.runtimes.kit import ChatAgent, Tool, asked, needing, openai_client, spans
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, Turn

INFO: dict[str, Any] = dict.fromkeys(("vision", "json_output", "structured_output"), False)
INFO |= {"function_calling": True, "family": "unknown"}  # asked for where the name tells nothing


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    from autogen_core import FunctionCall
    from autogen_core.models import ChatCompletionClient, CreateResult, RequestUsage

    def result(turn: Turn, text: str) -> Any:
        made = [FunctionCall(call.id, call.arguments, TOOL_NAME) for call in turn.calls] or text
        usage = RequestUsage(0, 0)
        return CreateResult(finish_reason="unknown", content=made, usage=usage, cached=False)

    class Scripted(ChatCompletionClient):  # type: ignore[misc]
        model_info = INFO
        # Abstract in AutoGen; agents and teams ask for none of them.
        capabilities = close = actual_usage = total_usage = count_tokens = remaining_tokens = None

        def __init__(self, model: Model) -> None:
            self.model = model

        def place(self, messages: Any) -> tuple[str, int]:
            def said(kind: str) -> list[Any]:
                return [message.content for message in messages if message.type == kind]

            results = [one.content for r in said("FunctionExecutionResultMessage") for one in r]
            replies = [text for text in said("AssistantMessage") if isinstance(text, str)]
            return asked(self.model, said("UserMessage"), results, replies)

        async def create(self, messages: Any, **options: Any) -> Any:
            turn = await self.model.acomplete(*self.place(messages))
            return result(turn, turn.text)

        async def create_stream(self, messages: Any, **options: Any) -> Any:
            text = ""
            async for turn in self.model.astream(*self.place(messages)):
                text += turn.text
                yield turn.text
            yield result(turn, text)

    return Scripted


@needing("autogen-ext is not installed here")
def client(model: Model) -> Any:
    if not model.url:
        return _scripted()(model)
    from autogen_ext.models.openai import OpenAIChatCompletionClient

    given = openai_client.options("Async", model)
    return OpenAIChatCompletionClient(model="script", model_info=INFO, **given)


class AutoGenAgent(ChatAgent):
    acts_on = ChatAgent.acts_on | {"history"}

    def built(self, tools: list[Tool]) -> Callable[..., Any]:
        from autogen_agentchat.agents import AssistantAgent
        from autogen_core import model_context, models
        from autogen_core.tools import FunctionTool

        kinds = {"user": models.UserMessage, "assistant": models.AssistantMessage}
        said = [kinds[role](content=text, source=role) for role, text in self.earlier]
        model, given = client(self.model), [FunctionTool(tool, "") for tool in tools]

        def make(**options: Any) -> Any:
            options["model_context"] = model_context.UnboundedChatCompletionContext(said)
            options["max_tool_iterations"] = self.rounds + 1
            return AssistantAgent("agent", model, tools=given, system_message=None, **options)

        getattr(self, "plain", None) or make()  # what building costs
        return make

    async def arun(self, prompt: str) -> str:
        result = await self.asyncio().run(task=prompt)
        return self.checked(result, result.messages[-1].content)

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        async for event in self.asyncio(model_client_stream=True).run_stream(task=prompt):
            if getattr(event, "type", "") == "ModelClientStreamingChunkEvent" and event.content:
                yield event.content
        self.checked(event, "")

    def results(self, result: Any) -> list[Any]:
        done = [each for each in result.messages if each.type == "ToolCallExecutionEvent"]
        return [one.content for each in done for one in each.content]


class AutoGenRuntime(base.Runtime):
    """AutoGen AgentChat, as installed. Its own spans go to the tracer provider of the process."""

    name = "autogen_agentchat"
    package = "autogen-agentchat"
    imports = ("autogen_agentchat.agents", "autogen_agentchat.teams")
    workflows = "harness.runtimes.autogen_agentchat.workflow:AutoGenWorkflow"

    def agent(self, model: Model) -> AutoGenAgent:
        return AutoGenAgent(model)

    def observed(self) -> base.Observed:
        return spans.everywhere()
