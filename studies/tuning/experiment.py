"""An experiment: the same work done in two ways, without a piece of advice and with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from harness.instruments.work import model_of
from harness.runtimes.base import Agent, Runtime
from harness.workload.script import prompt_of
from studies.rounds import Side

Figures = dict[str, float]

Sides = tuple[Side, Side]
"""Without the advice, and with it. Both give the same figures, of which lower is better: the first
one is what the advice is for, the others are what it costs or brings beside."""

EXPERIMENTS: dict[str, Experiment] = {}
"""All of them by name, once the modules that hold them are imported; page.md has their words."""


@dataclass(frozen=True)
class Experiment:
    """How a piece of advice is measured.

    sides: enters with the two sides of a runtime, or raises NotImplementedError with the reason
    why it cannot be measured there.
    """

    rounds: int
    sides: Callable[[Runtime], AbstractContextManager[Sides]]


def experiment(
    name: str, rounds: int = 15
) -> Callable[[Callable[[Runtime], Iterator[Sides]]], Experiment]:
    """Makes an Experiment of a generator function that yields the two sides once."""

    def made(sides: Callable[[Runtime], Iterator[Sides]]) -> Experiment:
        EXPERIMENTS[name] = Experiment(rounds, contextlib.contextmanager(sides))
        return EXPERIMENTS[name]

    return made


class Built(Agent):
    """Asks what `build()` returns, for each run: a new agent, or always the same."""

    def __init__(self, build: Callable[[], Agent]) -> None:
        self._build = build

    def run(self, prompt: str) -> str:
        return self._build().run(prompt)

    async def arun(self, prompt: str) -> str:
        return await self._build().arun(prompt)


def needs_asyncio(runtime: Runtime) -> None:
    """Raises NotImplementedError, with the runtime's reason, unless it has an asyncio entry."""
    asyncio.run(runtime.agent(model_of(0.0)).arun(prompt_of(1)))


def entry_of(runtime: Runtime) -> str:
    """How a program would call its agents: "asyncio", or "threads" if they have no such entry."""
    try:
        needs_asyncio(runtime)
    except NotImplementedError:
        return "threads"
    return "asyncio"
