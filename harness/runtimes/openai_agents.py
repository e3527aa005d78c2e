"""OpenAI Agents SDK: Agent and Runner on a subclass of its Model interface.

Tracing is off by the SDK's documented switch, `set_tracing_disabled(True)`: with it on, a
background thread sends every trace to OpenAI's servers. A run without a session keeps no
history, so one agent serves any number of runs at once. Only calls present in every release
from 0.5 (November 2025) on are used.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from harness.dag import Dag
from harness.model import Model
from harness.runtimes import base
from harness.script import TOOL_NAME, WrongPrompt, tool_result


def lookup(key: int) -> str:
    """The one tool: plain user code, which the SDK runs as it runs any `def`."""
    return tool_result(key)


@functools.cache
def _scripted() -> Callable[[Model], Any]:
    """The SDK's Model that answers a script; made once, with tracing switched off."""
    import agents
    from openai.types.responses import (
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
    )

    agents.set_tracing_disabled(True)

    class Scripted(agents.Model):  # type: ignore[misc]
        """Answers with a message or a tool call, as an OpenAI model would."""

        def __init__(self, model: Model) -> None:
            self.model = model

        async def get_response(
            self, system_instructions: Any, input: Any, *args: Any, **options: Any
        ) -> Any:
            turn = await self.model.acomplete(*_asked(input))
            item: Any
            if turn.tool_key is None:
                text = ResponseOutputText(annotations=[], text=turn.text, type="output_text")
                item = ResponseOutputMessage(
                    id="message",
                    content=[text],
                    role="assistant",
                    status="completed",
                    type="message",
                )
            else:
                item = ResponseFunctionToolCall(
                    arguments=f'{{"key": {turn.tool_key}}}',
                    call_id=f"call {turn.tool_key}",
                    name=TOOL_NAME,
                    type="function_call",
                )
            return agents.ModelResponse(output=[item], usage=agents.Usage(), response_id=None)

        def stream_response(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError("the script is not streamed")

    return Scripted


def _asked(items: Any) -> tuple[str, int]:
    """The prompt a conversation began with, and how many tool results are in it."""
    if isinstance(items, str):
        return items, 0
    prompt = items[0].get("content")
    if not isinstance(prompt, str):
        raise WrongPrompt(f"not a text prompt: {prompt!r}")
    return prompt, sum(item.get("type") == "function_call_output" for item in items)


class OpenAIAgentsAgent(base.Agent):
    """One agents.Agent, run by agents.Runner."""

    def __init__(self, model: Model) -> None:
        scripted = _scripted()
        from agents import Agent, Runner, ToolCallOutputItem, function_tool

        rounds = model.script.tool_rounds
        tools = [function_tool(lookup, name_override=TOOL_NAME)] if rounds else []
        self._agent = Agent(name="agent", model=scripted(model), tools=tools)
        # The SDK ends a run after ten model calls unless it is told how many are wanted.
        self._turns = model.script.calls_per_run
        self._returns = [tool_result(key) for key in range(rounds)]
        self._runner = Runner
        self._tool_output = ToolCallOutputItem

    def run(self, prompt: str) -> str:
        """Runner.run_sync: on the thread's own event loop, made by the SDK if there is none.

        It leaves a loop that it made open until the thread ends.
        """
        return self._checked(self._runner.run_sync(self._agent, prompt, max_turns=self._turns))

    async def arun(self, prompt: str) -> str:
        return self._checked(await self._runner.run(self._agent, prompt, max_turns=self._turns))

    def _checked(self, result: Any) -> str:
        returns = [i.output for i in result.new_items if isinstance(i, self._tool_output)]
        if returns != self._returns:
            raise base.RunFailed(f"the tool returned {returns}, the script asks {self._returns}")
        if not isinstance(result.final_output, str):
            raise base.RunFailed(f"the run ended with {result.final_output!r}, not with a text")
        return result.final_output


class OpenAIAgentsRuntime(base.Runtime):
    """OpenAI Agents SDK, as installed."""

    name = "openai_agents"
    package = "openai-agents"
    imports = ("agents",)

    def agent(self, model: Model) -> OpenAIAgentsAgent:
        return OpenAIAgentsAgent(model)

    def workflow(self, dag: Dag, model: Model) -> base.Workflow:
        raise NotImplementedError(
            "the OpenAI Agents SDK has no workflows: its guide composes agents with asyncio.gather"
        )
