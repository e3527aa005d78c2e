"""Before against after: medians, their ratio with an interval, and what that means in words."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.common.stats import median_ratio, percentile

RESAMPLES = 2000
ENOUGH = 6
"""Rounds from which on an interval is a statement."""
LITTLE = 0.05
"""A change smaller than this share is called small."""


@dataclass(frozen=True)
class Change:
    """Medians of both sides; after/before, the median over rounds, with its 95 % interval."""

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
        if self.low <= 1 <= self.high:
            return "does not pay: no difference"
        if self.low > 1:
            return f"does not pay: {self.words}"
        return f"pays: {self.words}" if self.ratio <= 1 - LITTLE else f"hardly pays: {self.words}"


def change(before: Sequence[float], after: Sequence[float]) -> Change:
    """The change between rounds measured side by side.

    The interval is a percentile bootstrap over rounds (Efron 1979), the same for the same values.
    Raises ValueError where no round of `before` is positive.
    """
    pairs = list(zip(after, before, strict=True))
    draw = random.Random(0)
    ratio = median_ratio(pairs)
    ratios = [a / b for a, b in pairs if b > 0]
    medians = [statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES)]
    return Change(
        statistics.median(before),
        statistics.median(after),
        ratio,
        percentile(medians, 2.5),
        percentile(medians, 97.5),
        len(ratios),
    )
