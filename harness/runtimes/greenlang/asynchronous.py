"""GreenLang on an event loop: its AsyncAgentBase, which came in November 2025."""

from __future__ import annotations

import functools
from typing import Any

from harness.runtimes import kit
from harness.runtimes.greenlang import GreenLangRuntime
from harness.workload.model import Model
from harness.workload.script import tool_result


@functools.cache
def user_agent() -> Any:
    """The class of agent that a user would write; NotImplementedError before there was a base."""
    with kit.needing(f"{GreenLangRuntime().release()} has no asyncio entry point"):
        from greenlang.agents.async_agent_base import AsyncAgentBase

    class AsyncAsker(AsyncAgentBase):  # type: ignore[misc]
        """As the one of threads."""

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.model = model

        async def execute_impl_async(self, validated_input: dict[str, Any], context: Any) -> Any:
            prompt = validated_input["prompt"]
            round = 0
            while (turn := await self.model.acomplete(prompt, round)).calls:
                for call in turn.calls:
                    tool_result(call.key)
                round += 1
            return {"reply": turn.text}

    return AsyncAsker
