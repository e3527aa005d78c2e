"""The floor's agent for tools that take their time: those of a turn at once, none on the loop.

Only for these, because a thread or a task costs more than a call that returns at once.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from harness.runtimes.base import Agent
from harness.workload.model import Model
from harness.workload.script import ToolCall, tool_result


class WaitingFloorAgent(Agent):
    """Asks the model, calls the tools while the model wants them, returns the reply."""

    acts_on = frozenset({"calls", "offered", "history"})

    def __init__(self, model: Model) -> None:
        self.model = model

    def run(self, prompt: str) -> str:
        round = 0
        with ThreadPoolExecutor(self.model.script.calls) as threads:
            while (turn := self.model.complete(prompt, round)).calls:
                list(threads.map(self._tool, turn.calls))
                round += 1
        return turn.text

    async def arun(self, prompt: str) -> str:
        round = 0
        while (turn := await self.model.acomplete(prompt, round)).calls:
            await asyncio.gather(*map(self._atool, turn.calls))
            round += 1
        return turn.text

    def _tool(self, call: ToolCall) -> str:
        time.sleep(self.model.script.tool_seconds)
        return (self.model.tool or tool_result)(call.key)

    async def _atool(self, call: ToolCall) -> str:
        if self.model.script.tool_seconds or self.model.tool:
            return await asyncio.to_thread(self._tool, call)
        await asyncio.sleep(self.model.script.atool_seconds)
        return tool_result(call.key)
