"""What adapters of chat agents share: the one tool, a conversation's place in its script, checks.

The model refuses a conversation whose tool results are not the tool's. So every tool call of
every run is proven, and there is nothing left to check when the clock has stopped.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from harness.runtimes.base import Agent, RunFailed
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, WrongPrompt, tool_result

Tool = Callable[[int], Any]


@contextlib.contextmanager
def needing(reason: str) -> Iterator[None]:
    """A failing import within becomes NotImplementedError: `reason`, and what was missing.

    Also a decorator.
    """
    try:
        yield
    except ImportError as error:
        raise NotImplementedError(f"{reason}: {' '.join(str(error).split())}") from error


def lookup(key: int) -> str:
    """The one tool, as programs of threads have it: plain user code."""
    return tool_result(key)


async def alookup(key: int) -> str:
    """The same for an event loop, where a `def` could cost a hop through a thread."""
    return tool_result(key)


def slow_lookup(seconds: float) -> Tool:
    """The tool of programs of an event loop that wrote a plain `def` which takes so long."""

    def lookup(key: int) -> str:
        """The one tool, as a call that blocks."""
        time.sleep(seconds)
        return tool_result(key)

    return lookup


alookup.__name__ = TOOL_NAME  # some frameworks know a tool by its function's name only


@functools.cache
def results_of(rounds: int) -> list[str]:
    """What the tool returns in the first `rounds` rounds of any run."""
    return [tool_result(key) for key in range(rounds)]


def asked(prompts: Sequence[object], results: Sequence[object]) -> tuple[str, int]:
    """The prompt and the round of a conversation: what a script is asked.

    prompts: what its user said; results: what the tool returned, a list in order. Raises
    WrongPrompt unless there is one text prompt and the tool returned what it should.
    """
    if len(prompts) != 1 or not isinstance(prompts[0], str):
        raise WrongPrompt(f"not one text prompt: {prompts!r}")
    if results != results_of(len(results)):
        raise WrongPrompt(f"the tool returned {results!r}, not {results_of(len(results))}")
    return prompts[0], len(results)


def place_of(messages: Sequence[Any]) -> tuple[str, int]:
    """The same for messages that have a `role` and a `content`."""
    prompts = [message.content for message in messages if message.role == "user"]
    return asked(prompts, [message.content for message in messages if message.role == "tool"])


class ChatAgent(Agent):
    """The framework's agent for programs of threads (`plain`), and the one for `asyncio`.

    They differ by the tool, so they are the same one if there is none; the second is made when
    it is first run. An adapter says how they are built, and how they are run: its `run`, `arun`
    and `astream` end with `checked`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rounds = model.script.tool_rounds
        self.plain = self.built([lookup] if self.rounds else [])

    @functools.cached_property
    def asyncio(self) -> Any:
        slow = self.model.script.tool_seconds
        return self.built([slow_lookup(slow) if slow else alookup]) if self.rounds else self.plain

    def built(self, tools: list[Tool]) -> Any:
        """A new agent of the framework on `self.model`, with these tools, named TOOL_NAME."""
        raise NotImplementedError

    def results(self, result: Any) -> Sequence[object]:
        """What the tool returned in a run that ended with `result`, in order."""
        raise NotImplementedError

    def checked(self, result: Any, text: object) -> str:
        """The `text` of a run that ended with `result`; RunFailed if it is none.

        A model behind HTTP looks at no results of tools, so they are checked here.
        """
        if self.model.url and (returned := self.results(result)) != results_of(self.rounds):
            raise RunFailed(f"the tool returned {returned}, not {results_of(self.rounds)}")
        if not isinstance(text, str):
            raise RunFailed(f"the run ended with {text!r}, not with a text")
        return text
