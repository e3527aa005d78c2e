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
"""Tool rounds of a run, and pieces of a reply."""


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
class Turn:
    """One model answer: a call of the tool named `TOOL_NAME`, or the final text, or a failure."""

    latency: float
    text: str = ""
    tool_key: int | None = None
    fails: bool = False

    @cached_property
    def arguments(self) -> str:
        """The arguments of the tool call, as models write them: JSON in a string."""
        return f'{{"key": {self.tool_key}}}'

    @cached_property
    def call_id(self) -> str:
        """Identifies the tool call within its conversation."""
        return f"call {self.tool_key}"


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


def tool_result(key: int) -> str:
    """What the one tool returns for `key`; user code, the same in every runtime."""
    return f"value {key}"


def request_of(prompt: str) -> int:
    """The request number of a prompt; raises WrongPrompt if it has none."""
    words = prompt.split(maxsplit=2)
    if len(words) < 2 or words[0] != "request" or not words[1].isdecimal():
        raise WrongPrompt(f"not a prompt of this script: {prompt!r}")
    return int(words[1])


@dataclass(frozen=True)
class Script:
    """Replies, tool rounds, latency and failures of the deterministic model.

    tool_rounds: tool calls the model asks for before it replies.
    latency: injected latency of each model call.
    fail_at: (request, round) pairs at which the model call raises ModelFailure.
    chunks, gap: pieces in which a streamed reply arrives, the first after the latency of the call
        and each later one `gap` seconds after the one before (inter-token latency).
    tool_seconds: for how long each call of the tool blocks its thread, where it is run on an event
        loop; the tool is a plain `def` then.
    prompts: where given, the only prompt accepted for a request (workflow steps use it to
        prove that each step received the outputs of the steps it needs).
    """

    tool_rounds: int = 0
    latency: Latency = field(default_factory=Constant)
    fail_at: frozenset[tuple[int, int]] = frozenset()
    chunks: int = 1
    gap: float = 0.0
    prompts: Mapping[int, str] | None = None
    tool_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.tool_rounds <= MOST:
            raise ValueError(f"tool_rounds is from 0 to {MOST}, not {self.tool_rounds}")
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
            return Turn(latency, tool_key=round, fails=fails)
        return Turn(latency, text=self.reply(request), fails=fails)

    def pieces(self, request: int) -> tuple[str, ...]:
        """The reply to `request` as it is streamed: `chunks` texts."""
        return (reply_of(request), *(f" {i}" for i in range(1, self.chunks)))

    def stream(self, prompt: str, round: int) -> tuple[Turn, ...]:
        """The same answer as `turn`, piece by piece; a tool call comes in one. Raises as `turn`."""
        turn = self.turn(prompt, round)
        if turn.tool_key is not None:
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
