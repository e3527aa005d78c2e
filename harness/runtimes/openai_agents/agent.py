"""The SDK's agents: Agent and Runner."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from harness.runtimes import base
from harness.runtimes.openai_agents.model import remote, scripted
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, tool_result


def lookup(key: int) -> str:
    """The one tool: plain user code, which the SDK runs as it runs any `def`."""
    return tool_result(key)


class OpenAIAgentsAgent(base.Agent):
    """One agents.Agent, run by agents.Runner."""

    def __init__(self, model: Model) -> None:
        asked = remote(model) if model.url else scripted()(model)
        from agents import Agent, Runner, ToolCallOutputItem, function_tool

        rounds = model.script.tool_rounds
        tools = [function_tool(lookup, name_override=TOOL_NAME)] if rounds else []
        self._agent = Agent(name="agent", model=asked, tools=tools)
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

    async def astream(self, prompt: str) -> AsyncGenerator[str, None]:
        result = self._runner.run_streamed(self._agent, prompt, max_turns=self._turns)
        async for event in result.stream_events():
            data = event.data if event.type == "raw_response_event" else None
            if data is not None and data.type == "response.output_text.delta" and data.delta:
                yield data.delta
        self._checked(result)

    def _checked(self, result: Any) -> str:
        returns = [i.output for i in result.new_items if isinstance(i, self._tool_output)]
        if returns != self._returns:
            raise base.RunFailed(f"the tool returned {returns}, the script asks {self._returns}")
        if not isinstance(result.final_output, str):
            raise base.RunFailed(f"the run ended with {result.final_output!r}, not with a text")
        return result.final_output
