"""The script of a deterministic model: what it answers, after how long, and where it fails.

A script is pure data: the same prompt and round give the same turn in every runtime, on
every machine, in any order. That is what makes a framework comparable with the floor.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Protocol

TOOL_NAME = "lookup"

MOST = 100_000
"""Tool rounds of a run, pieces of a reply, and so on."""


class Latency(Protocol):
    """Injected latency in seconds of model call `round` of request number `request`."""

    def seconds(self, request: int, round: int) -> float: ...


@dataclass(frozen=True)
class Constant:
    """The same latency for every call, in seconds."""

    value: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.value < float("inf"):
            raise ValueError(f"latency must be a finite number of seconds >= 0, not {self.value}")

    def seconds(self, request: int, round: int) -> float:
        return self.value


@dataclass(frozen=True)
class Lognormal:
    """Seeded lognormal latency: `median` in seconds, `sigma` the spread of its logarithm.

    A draw depends only on (seed, request, round), so concurrency cannot reorder it.
    """

    median: float
    sigma: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 < self.median < float("inf") and 0 <= self.sigma <= 10):
            raise ValueError("a lognormal latency needs median > 0 and sigma from 0 to 10")

    def seconds(self, request: int, round: int) -> float:
        return self.median * _lognormal_factor(self.sigma, self.seed, request, round)


@lru_cache(maxsize=65536)  # bounded: a load may run for hours
def _lognormal_factor(sigma: float, seed: int, request: int, round: int) -> float:
    return random.Random(f"{seed}/{request}/{round}").lognormvariate(0.0, sigma)


@dataclass(frozen=True)
class PerRequest:
    """Latency by request number, in seconds: step i of a workflow is request i."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not all(0 <= value < float("inf") for value in self.values):
            raise ValueError(f"values of latency are finite seconds >= 0, not {self.values}")

    def seconds(self, request: int, round: int) -> float:
        return self.values[request]


@dataclass(frozen=True)
class ToolCall:
    """A call of the tool named `TOOL_NAME` that the model asks for."""

    key: int

    @cached_property
    def arguments(self) -> str:
        """The arguments of the call, as models write them: JSON in a string."""
        return f'{{"key": {self.key}}}'

    @cached_property
    def id(self) -> str:
        """Identifies the call within its conversation."""
        return f"call {self.key}"


@dataclass(frozen=True)
class Turn:
    """One model answer: calls of the tool, or the final text if there are none, or a failure."""

    latency: float
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    fails: bool = False


class ModelFailure(RuntimeError):
    """The failure a script injects at a given call."""


class WrongPrompt(RuntimeError):
    """The model was asked something the script does not expect: the run is not what it claims."""


def prompt_of(request: int) -> str:
    """The prompt of request number `request`."""
    return f"request {request}"


def reply_of(request: int) -> str:
    """The reply every runtime must return for request number `request`."""
    return f"reply {request}"


def tool_result(key: int, size: int = 0) -> str:
    """What the one tool returns for `key`: user code, the same in every runtime.

    size: the least number of characters.
    """
    return f"value {key}".ljust(size, ".")


def request_of(prompt: str) -> int:
    """The request number of a prompt; raises WrongPrompt if it has none."""
    words = prompt.split(maxsplit=2)
    if len(words) < 2 or words[0] != "request" or not words[1].isdecimal():
        raise WrongPrompt(f"not a prompt of this script: {prompt!r}")
    return int(words[1])


@dataclass(frozen=True)
class Script:
    """Replies, tool rounds, latency and failures of the deterministic model.

    tool_rounds: times the model asks for tool calls before it replies.
    latency: injected latency of each model call.
    fail_at: (request, round) pairs at which the model call raises ModelFailure.
    chunks, gap: pieces in which a streamed reply arrives, the first after the latency of the call
        and each later one `gap` seconds after the one before (inter-token latency).
    prompts: where given, the only prompt accepted for a request (workflow steps use it to
        prove that each step received the outputs of the steps it needs).
    tool_seconds: for how long each call of the tool blocks its thread; on an event loop, too, it
        is a plain `def` then.
    atool_seconds: for how long each call of the tool of an event loop, an `async def`, waits.
    calls: tool calls in each tool round; round r asks for keys r * calls and following.
    offered: tools that the model is offered, of which it only ever calls the first; 0: no more
        than it calls.
    history: exchanges that come before each run in its conversation (see `exchanges`).
    result_size: characters of each tool result.
    """

    tool_rounds: int = 0
    latency: Latency = field(default_factory=Constant)
    fail_at: frozenset[tuple[int, int]] = frozenset()
    chunks: int = 1
    gap: float = 0.0
    prompts: Mapping[int, str] | None = None
    tool_seconds: float = 0.0
    atool_seconds: float = 0.0
    calls: int = 1
    offered: int = 0
    history: int = 0
    result_size: int = 0

    def __post_init__(self) -> None:
        for name in ("tool_rounds", "calls", "offered", "history", "result_size"):
            least = 1 if name == "calls" else 0
            if not least <= (number := getattr(self, name)) <= MOST:
                raise ValueError(f"{name} is from {least} to {MOST}, not {number}")
        if not 1 <= self.chunks <= MOST or not 0 <= self.gap < float("inf"):
            raise ValueError(
                f"a stream has 1 to {MOST} chunks and a gap >= 0, not {self.chunks} and {self.gap}"
            )

    def turn(self, prompt: str, round: int) -> Turn:
        """The answer to model call number `round` (from 0) of a run that began with `prompt`.

        Raises WrongPrompt for a prompt or a round that the script does not know.
        """
        request = request_of(prompt)
        if self.prompts is not None and prompt != self.prompts.get(request):
            raise WrongPrompt(f"expected {self.prompts.get(request)!r}, got {prompt!r}")
        if round > self.tool_rounds:
            raise WrongPrompt(f"round {round} asked, the script has {self.tool_rounds} tool rounds")
        latency = self.latency.seconds(request, round)
        fails = (request, round) in self.fail_at
        if round < self.tool_rounds:
            keys = range(round * self.calls, (round + 1) * self.calls)
            return Turn(latency, calls=tuple(map(ToolCall, keys)), fails=fails)
        return Turn(latency, text=self.reply(request), fails=fails)

    def pieces(self, request: int) -> tuple[str, ...]:
        """The reply to `request` as it is streamed: `chunks` texts."""
        return (reply_of(request), *(f" {i}" for i in range(1, self.chunks)))

    def stream(self, prompt: str, round: int) -> tuple[Turn, ...]:
        """The same answer as `turn`, piece by piece; tool calls come in one. Raises as `turn`."""
        turn = self.turn(prompt, round)
        if turn.calls:
            return (turn,)
        return tuple(replace(turn, text=piece) for piece in self.pieces(request_of(prompt)))

    def reply(self, request: int) -> str:
        """The whole reply to `request`."""
        return "".join(self.pieces(request))

    def injected(self, request: int) -> float:
        """Seconds of model latency that one whole run of `request` contains."""
        return sum(self.latency.seconds(request, r) for r in range(self.tool_rounds + 1))

    @property
    def calls_per_run(self) -> int:
        """Model requests of one complete run."""
        return self.tool_rounds + 1

    @cached_property
    def exchanges(self) -> tuple[tuple[str, str], ...]:
        """What was said before each run: (what the user said, what the model replied), in order."""
        return tuple((f"earlier question {i}", f"earlier answer {i}") for i in range(self.history))

    @cached_property
    def more(self) -> frozenset[str]:
        """Which of the following it asks for: not every agent acts on them."""
        usual = {"calls": 1, "offered": 0, "history": 0, "result_size": 0}
        return frozenset(name for name, value in usual.items() if getattr(self, name) != value)
