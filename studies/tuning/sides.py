"""What experiments share: two sides of the same work, agents made anew, and how they are called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harness.instruments.work import model_of
from harness.runtimes.base import Agent, Runtime
from harness.workload.script import prompt_of
from studies.rounds import Side

Figures = dict[str, float]

Sides = tuple[Side, Side]
"""Without the advice, and with it. Both give the same figures, of which lower is better: the first
one is what the advice is for, the others are what it costs or brings beside."""


class Built(Agent):
    """Asks what `build()` returns, for each run: a new agent, or always the same."""

    def __init__(self, build: Callable[[], Agent]) -> None:
        self._build = build

    def run(self, prompt: str) -> str:
        return self._build().run(prompt)

    async def arun(self, prompt: str) -> str:
        return await self._build().arun(prompt)


def entry_of(runtime: Runtime) -> str:
    """How a program would call its agents: "asyncio", or "threads" if they have no such entry."""
    try:
        asyncio.run(runtime.agent(model_of(0.0)).arun(prompt_of(1)))
    except NotImplementedError:
        return "threads"
    return "asyncio"
