"""What experiments share: the same work in two ways, in turn, and what one changes of the other."""

import asyncio
import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.instruments.work import model_of
from harness.runtimes.base import Agent, Runtime
from harness.workload.script import prompt_of

Figures = dict[str, float]

Side = Callable[[], Mapping[str, Any]]
"""One round of one way: does the work, checks its results, returns a value per figure."""

Sides = tuple[Side, Side]
"""Without the advice, and with it. Both give the same figures, of which lower is better: the first
one is what the advice is for, the others are what it costs or brings beside."""

CONFIDENCE = 0.95
ENOUGH = 6
"""Rounds from which on all of them enclose the median with CONFIDENCE."""
LITTLE = 0.05
"""A change smaller than this share is called small."""


def in_turn(
    sides: Mapping[str, Side], count: int, warm_up: int = 0
) -> dict[str, dict[str, list[Any]]]:
    """{side: {figure: one value per round}}. warm_up: rounds before, which are dropped.

    The sides alternate, each round with another one first: a machine that gets slower, and what a
    side leaves behind, fall on all of them.
    """
    names = list(sides)
    kept: dict[str, dict[str, list[Any]]] = {name: {} for name in names}
    for turn in range(-warm_up, count):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            for figure, value in sides[name]().items():
                if turn >= 0:
                    kept[name].setdefault(figure, []).append(value)
    return kept


def enclosing(count: int) -> tuple[int, float]:
    """How many of `count` values in order are left out at either end, and what the rest covers.

    That is the narrowest interval of two of them that encloses the median of what they are drawn
    from with CONFIDENCE, whatever its distribution (the sign test), or all of them.
    """
    from scipy.stats import binom  # here: rounds are made where it is not installed

    left = max(0, int(binom.ppf((1 - CONFIDENCE) / 2, count, 0.5)) - 1)
    return left, float(1 - 2 * binom.cdf(left, count, 0.5))


@dataclass(frozen=True)
class Change:
    """Medians of both sides; after/before, the median over rounds, with its interval."""

    before: float
    after: float
    ratio: float
    low: float
    high: float
    rounds: int

    @property
    def words(self) -> str:
        """What the advice did to this figure; nothing is claimed while 1 is in the interval."""
        if self.rounds < ENOUGH:
            return "too few rounds to tell"
        if self.low <= 1 <= self.high:
            return "no difference"
        less = self.high < 1
        if self.ratio <= 0.5 or self.ratio >= 2:
            factor = 1 / self.ratio if less else self.ratio
            return f"{factor:,.{0 if factor >= 100 else 1}f} times {'less' if less else 'more'}"
        share = abs(1 - self.ratio)
        size = "slightly " if share < LITTLE else ""
        return f"{size}{'less' if less else 'more'} ({100 * share:.{0 if share >= 0.01 else 1}f} %)"

    @property
    def verdict(self) -> str:
        """Whether it pays, where this figure is what the advice is for."""
        if self.rounds < ENOUGH:
            return self.words
        if self.high >= 1:
            return f"does not pay: {self.words}"
        return f"pays: {self.words}" if self.ratio <= 1 - LITTLE else f"hardly pays: {self.words}"


def change(before: Sequence[float], after: Sequence[float]) -> Change:
    """The change between rounds measured side by side.

    Raises ValueError where no round of `before` is positive.
    """
    ratios = sorted(a / b for a, b in zip(after, before, strict=True) if b > 0)
    left, _ = enclosing(len(ratios))
    return Change(
        statistics.median(before),
        statistics.median(after),
        statistics.median(ratios),
        ratios[left],
        ratios[-1 - left],
        len(ratios),
    )


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
