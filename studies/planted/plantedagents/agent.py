"""Agents: a model, one tool, a loop over both, and a history of checked messages."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Protocol

CHECKS = 8000  # steps of checking one answer
PARTS = 1300  # steps of describing a tool


class Answer(Protocol):
    """What a model says: a call of the tool with a key, or the final text."""

    @property
    def text(self) -> str: ...

    @property
    def tool_key(self) -> int | None: ...


class RunError(RuntimeError):
    """A run failed."""


def describe(name: str) -> str:
    """The schema of a tool, as a model is told about it."""
    state = len(name)
    for part in range(PARTS):
        state = state * 31 + part
        state &= 0xFFFF
    return f"{name}-{state:04x}"


def check(text: str) -> int:
    """Check one message; its digest."""
    state = len(text)
    for step in range(CHECKS):
        state = state * 31 + step
        state &= 0xFFFF
    return state


class Agent:
    """One agent: `ask` and `aask` answer (prompt, turn), `tool` is called with a key."""

    def __init__(
        self,
        ask: Callable[[str, int], Answer],
        aask: Callable[[str, int], Awaitable[Answer]],
        tool: Callable[[int], str],
    ) -> None:
        self._ask = ask
        self._aask = aask
        self._tool = tool
        self._runs = itertools.count(1)
        self.schema = describe("tool")

    def run(self, prompt: str) -> str:
        """One run in the calling thread; its reply."""
        number = next(self._runs)
        return self._converse(prompt, number)

    async def arun(self, prompt: str) -> str:
        """One run on the running event loop; its reply."""
        number = next(self._runs)
        return await self._aconverse(prompt, number)

    def _converse(self, prompt: str, number: int) -> str:
        history: list[tuple[int, str, int]] = [(number, prompt, 0)]
        for turn in itertools.count():
            answer = self._ask(prompt, turn)
            history.append((number, answer.text, check(answer.text)))
            if answer.tool_key is None:
                return answer.text
            history.append((number, self._tool(answer.tool_key), turn))
        raise RunError("the model has no end")

    async def _aconverse(self, prompt: str, number: int) -> str:
        history: list[tuple[int, str, int]] = [(number, prompt, 0)]
        for turn in itertools.count():
            answer = await self._aask(prompt, turn)
            history.append((number, answer.text, check(answer.text)))
            if answer.tool_key is None:
                return answer.text
            history.append((number, self._tool(answer.tool_key), turn))
        raise RunError("the model has no end")
