"""How fast a series rises, with an interval, and whether it goes on rising."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

FEWEST = 16
"""Readings below which nothing is said: eight in each half."""

_Z = 2.576  # two-sided 99 %

GROWS, LEVEL, UNCLEAR = "grows", "level", "unclear"


@dataclass(frozen=True)
class Slope:
    """Rise for each run: the estimate and its 99 % interval."""

    estimate: float
    low: float
    high: float


def theil_sen(values: Sequence[float], step: float = 1.0) -> Slope:
    """Median of the slopes between all pairs (Theil 1950), with Sen's interval of ranks (1968).

    values: at least three, `step` runs apart. The variance is Kendall's without ties, which makes
    the interval wider where values repeat. Raises ValueError for fewer.
    """
    n = len(values)
    if n < 3:
        raise ValueError(f"a slope needs three values, not {n}")
    slopes = sorted((values[j] - values[i]) / (j - i) for i in range(n) for j in range(i + 1, n))
    spread = _Z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    cut = max(0, math.floor((len(slopes) - spread) / 2))
    low, high = slopes[cut], slopes[-1 - cut]
    return Slope(statistics.median(slopes) / step, low / step, high / step)


@dataclass(frozen=True)
class Growth:
    """What a series does. whole, late: slopes of all of it and of its second half."""

    kind: str
    reason: str
    whole: Slope | None = None
    late: Slope | None = None


def _without_jump(values: Sequence[float]) -> list[float]:
    """The series less its largest single rise: a table that was enlarged once is no growth."""
    rises = [after - before for before, after in pairwise(values)]
    rises[rises.index(max(rises))] = 0.0
    return list(accumulate(rises, initial=values[0]))


def judge(values: Sequence[float], step: float, threshold: float) -> Growth:
    """Whether the series goes on rising by more than `threshold` a run.

    A leak is what goes on: both the whole and its second half must rise, each with its whole
    interval above the threshold. A cache that fills up rises, too, and stops. One that has not
    stopped yet, but rises at less than half the pace it had, may or may not: unclear.
    """
    if len(values) < FEWEST:
        return Growth(UNCLEAR, f"{len(values)} readings, {FEWEST} are needed")
    half = len(values) // 2
    whole, early, late = (theil_sen(v, step) for v in (values, values[:half], values[half:]))
    if whole.low > threshold and late.low > threshold:
        if late.estimate < early.estimate / 2:
            reason = "it still rises, at less than half the pace of before, as a cache that fills"
            return Growth(UNCLEAR, reason, whole, late)
        return Growth(GROWS, "it rises to the end", whole, late)
    if theil_sen(_without_jump(values[half:]), step).estimate > threshold:
        return Growth(UNCLEAR, "it may rise, but the interval holds no rise as well", whole, late)
    return Growth(LEVEL, f"no lasting rise above {threshold:g} a run", whole, late)
