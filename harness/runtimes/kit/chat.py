"""What adapters of chat agents share: the tools, a conversation's place in its script, checks.

The model refuses a conversation whose tool results are not the tool's. So every tool call of
every run is proven, and there is nothing left to check when the clock has stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from harness.runtimes.base import Agent, RunFailed, why
from harness.workload.model import Model
from harness.workload.script import TOOL_NAME, WrongPrompt, tool_result

Tool = Callable[[int], Any]
ROLES = ("user", "assistant")


@contextlib.contextmanager
def needing(reason: str) -> Iterator[None]:
    """A failing import within becomes NotImplementedError: `reason`, and what was missing.

    Also a decorator.
    """
    try:
        yield
    except ImportError as error:
        raise NotImplementedError(f"{reason}: {why(error)}") from error


def lookup(key: int) -> str:
    """The one tool, as programs of threads have it: plain user code."""
    return tool_result(key)


async def alookup(key: int) -> str:
    """The same for an event loop, where a `def` could cost a hop through a thread."""
    return tool_result(key)


def lookup_of(seconds: float, size: int) -> Tool:
    """The tool of programs that wrote a plain `def`: it takes so long and returns so much."""

    def lookup(key: int) -> str:
        """The one tool, as a call that blocks."""
        if seconds:
            time.sleep(seconds)
        return tool_result(key, size)

    return lookup


def alookup_of(seconds: float, size: int) -> Tool:
    """The same for an event loop, which it does not block."""

    async def lookup(key: int) -> str:
        """The one tool, as a call that waits."""
        if seconds:
            await asyncio.sleep(seconds)
        return tool_result(key, size)

    return lookup


alookup.__name__ = TOOL_NAME  # some frameworks know a tool by its function's name only


@functools.cache
def others(count: int, on_loop: bool) -> list[Tool]:
    """Tools that are offered and never called, each a function with a name of its own."""
    return [_other(f"{TOOL_NAME}_{number}", on_loop) for number in range(1, count + 1)]


def _other(name: str, on_loop: bool) -> Tool:
    def lookup(key: int) -> str:
        """Another tool, which no script calls."""
        raise WrongPrompt(f"the tool {name} was called")

    async def alookup(key: int) -> str:
        """Another tool, which no script calls."""
        return lookup(key)

    tool: Tool = alookup if on_loop else lookup
    tool.__name__ = name
    return tool


@functools.cache
def results_of(count: int, size: int = 0) -> list[str]:
    """What the first `count` tool calls of any run return, of so many characters."""
    return [tool_result(key, size) for key in range(count)]


def _same(results: Sequence[object], wanted: Sequence[str], calls: int) -> bool:
    """Whether each turn of so many calls returned what it should, in any order."""
    turns = range(0, max(len(results), len(wanted)), calls)
    pairs = [(results[at : at + calls], wanted[at : at + calls]) for at in turns]
    return all(sorted(map(str, one)) == sorted(other) for one, other in pairs)


def asked(
    model: Model,
    prompts: Sequence[object],
    results: Sequence[object],
    replies: Sequence[object] = (),
) -> tuple[str, int]:
    """The prompt and the round of a conversation: what the script of `model` is asked.

    prompts: what its user said; results: what the tool returned, a list; replies: what the model
    replied (needed with a history only); all in order. Raises WrongPrompt unless the conversation
    is the script's history and one text prompt, and the tool returned what it should. Calls of
    one turn may return in any order.
    """
    script = model.script
    if script.history:
        if tuple(zip(prompts, replies, strict=False)) != script.exchanges:
            raise WrongPrompt(f"not the earlier conversation: {prompts!r:.200}, {replies!r:.200}")
        prompts = prompts[script.history :]
    if len(prompts) != 1 or not isinstance(prompts[0], str):
        raise WrongPrompt(f"not one text prompt: {prompts!r}")
    round, missing = divmod(len(results), script.calls)
    if missing or results != results_of(len(results), script.result_size):
        wanted = results_of(len(results), script.result_size)
        if missing or not _same(results, wanted, script.calls):
            raise WrongPrompt(f"the tool returned {results!r:.200}, not {wanted!r:.200}")
    return prompts[0], round


def place_of(model: Model, messages: Sequence[Any]) -> tuple[str, int]:
    """The same for messages that have a `role` and a `content`."""
    prompts = [message.content for message in messages if message.role == "user"]
    results = [message.content for message in messages if message.role == "tool"]
    if not model.script.history:
        return asked(model, prompts, results)
    said = [message.content for message in messages if message.role == "assistant"]
    return asked(model, prompts, results, [text for text in said if text])


class ChatAgent(Agent):
    """The framework's agent for programs of threads (`plain`), and the one for `asyncio`.

    They differ by the tool, so they are the same one if there is none; the second is made when
    it is first run. An adapter says how they are built, and how they are run: its `run`, `arun`
    and `astream` end with `checked`. One whose runs continue `earlier`, the (role, text) of each
    earlier message, as in `given`, adds "history" to `acts_on`.
    """

    acts_on = frozenset({"calls", "offered", "result_size"})

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rounds = model.script.tool_rounds
        # Not asked for where there is none: building an agent must cost what it costs a user.
        said = model.script.exchanges if model.script.history else ()
        self.earlier = [one for each in said for one in zip(ROLES, each, strict=True)]
        self.plain = self.built(self._tools(on_loop=False))

    @functools.cached_property
    def asyncio(self) -> Any:
        tools = self._tools(on_loop=True)
        return self.built(tools) if tools else self.plain

    def _tools(self, on_loop: bool) -> list[Tool]:
        script = self.model.script
        if not (script.tool_rounds or script.offered):
            return []
        is_plain, size = bool(script.tool_seconds) or not on_loop, script.result_size
        seconds = script.tool_seconds if is_plain else script.atool_seconds
        tool: Tool = self.model.tool or (lookup if is_plain else alookup)
        if seconds or size:
            tool = (lookup_of if is_plain else alookup_of)(seconds, size)
        return [tool, *others(script.offered - 1, on_loop)]

    def given(self, prompt: str) -> Any:
        """The prompt or, with a history, all messages of the conversation, by role and content."""
        if not self.earlier:
            return prompt
        said = (*self.earlier, (ROLES[0], prompt))
        return [{"role": role, "content": text} for role, text in said]

    def built(self, tools: list[Tool]) -> Any:
        """A new agent of the framework on `self.model`, with these tools, by their `__name__`."""
        raise NotImplementedError

    def results(self, result: Any) -> Sequence[object]:
        """What the tool returned in a run that ended with `result`, in order."""
        raise NotImplementedError

    def checked(self, result: Any, text: object) -> str:
        """The `text` of a run that ended with `result`; RunFailed if it is none.

        A model behind HTTP looks at no results of tools, so they are checked here.
        """
        if self.model.url:
            script = self.model.script
            wanted = results_of(self.rounds * script.calls, script.result_size)
            returned = self.results(result)
            if returned != wanted and not _same(returned, wanted, script.calls):
                raise RunFailed(f"the tool returned {returned}, not {wanted}")
        if not isinstance(text, str):
            raise RunFailed(f"the run ended with {text!r}, not with a text")
        return text
