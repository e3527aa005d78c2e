"""Agents: a model, one tool, a loop over both, and a history of checked messages."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

CHECKS = 8000  # steps of checking one answer
PARTS = 1300  # steps of describing a tool


class Call(Protocol):
    """A call of the tool with a key."""

    @property
    def key(self) -> int: ...


class Answer(Protocol):
    """What a model says: calls of the tool, or the final text if there are none."""

    @property
    def text(self) -> str: ...

    @property
    def calls(self) -> Sequence[Call]: ...


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
    """One agent: `ask` and `aask` answer (prompt, turn), `tool` and `atool` are called with a key.

    earlier: messages that come before each run.
    """

    def __init__(
        self,
        ask: Callable[[str, int], Answer],
        aask: Callable[[str, int], Awaitable[Answer]],
        tool: Callable[[int], str],
        atool: Callable[[int], Awaitable[str]],
        earlier: Sequence[str] = (),
    ) -> None:
        self._ask = ask
        self._aask = aask
        self._tool = tool
        self._atool = atool
        self._earlier = earlier
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
        history = [(number, text, 0) for text in (*self._earlier, prompt)]
        for turn in itertools.count():
            answer = self._ask(prompt, turn)
            history.append((number, answer.text, check(answer.text)))
            if not answer.calls:
                return answer.text
            for call in answer.calls:
                history.append((number, self._tool(call.key), turn))
        raise RunError("the model has no end")

    async def _aconverse(self, prompt: str, number: int) -> str:
        history = [(number, text, 0) for text in (*self._earlier, prompt)]
        for turn in itertools.count():
            answer = await self._aask(prompt, turn)
            history.append((number, answer.text, check(answer.text)))
            if not answer.calls:
                return answer.text
            calls = [self._atool(call.key) for call in answer.calls]
            history += [(number, text, turn) for text in await asyncio.gather(*calls)]
        raise RunError("the model has no end")
