"""Workflows: named steps, each one run of an agent, each with the outputs of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from .agent import Agent


class Workflow:
    """Steps with what they need, in an order that can be run; `prompt` makes a step's prompt."""

    def __init__(
        self,
        agent: Agent,
        needs: Mapping[str, Sequence[str]],
        prompt: Callable[[str, Mapping[str, str]], str],
    ) -> None:
        self.agent = agent
        self.needs = dict(needs)
        self.prompt = prompt

    def run(self) -> dict[str, str]:
        """Run the steps one after another; outputs by name."""
        outputs: dict[str, str] = {}
        for name in self.needs:
            outputs[name] = self.agent.run(self.prompt(name, outputs))
        return outputs

    async def arun(self) -> dict[str, str]:
        """Run each step the moment its inputs are there; outputs by name."""
        outputs: dict[str, str] = {}
        tasks: dict[str, asyncio.Task[None]] = {}

        async def perform(name: str) -> None:
            for need in self.needs[name]:
                await tasks[need]
            outputs[name] = await self.agent.arun(self.prompt(name, outputs))

        async with asyncio.TaskGroup() as group:
            for name in self.needs:
                tasks[name] = group.create_task(perform(name))
        return outputs
