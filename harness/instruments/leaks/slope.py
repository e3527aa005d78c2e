"""How fast a series rises, with an interval, and whether it goes on rising."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FEWEST = 16
"""Readings below which nothing is said: eight in each half."""

_Z = statistics.NormalDist().inv_cdf(0.995)  # two-sided 99 %

GROWS, LEVEL, UNCLEAR = "grows", "level", "unclear"


@dataclass(frozen=True)
class Slope:
    """Rise for each run: the estimate and its 99 % interval."""

    estimate: float
    low: float
    high: float


def slope(values: Sequence[float], step: float = 1.0) -> Slope:
    """Mean of the rises from reading to reading, with Student's 99 % interval.

    Of the rises and not of the levels: what a run leaves in memory is still there at the next
    reading, so levels are a walk. An interval of their trend takes a walk to nowhere for growth
    in one of ten cases. values: at least three, `step` runs apart; ValueError for fewer.
    """
    if len(values) < 3:
        raise ValueError(f"a slope needs three values, not {len(values)}")
    rises = [after - before for before, after in pairwise(values)]
    mean = statistics.fmean(rises)
    margin = _student(len(rises) - 1) * statistics.stdev(rises) / math.sqrt(len(rises))
    return Slope(mean / step, (mean - margin) / step, (mean + margin) / step)


def _student(degrees: int) -> float:
    """Student's t for _Z (Cornish and Fisher's expansion; within 1 % from six degrees on)."""
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * degrees)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    )


@dataclass(frozen=True)
class Growth:
    """What a series does. whole, late: slopes of all of it and of its second half.

    pace: rise for each run in the second half, but for the largest: a table that was enlarged
    once is no growth.
    """

    kind: str
    reason: str
    whole: Slope | None = None
    late: Slope | None = None
    pace: float = 0.0


def judge(values: Sequence[float], step: float, threshold: float) -> Growth:
    """Whether the series goes on rising by more than `threshold` a run.

    A leak is what goes on: the interval of the whole series must lie above the threshold, and
    so must the rise of its second half. A cache that fills up rises, too, and stops. One that has
    not stopped yet, but rises at less than half the pace it had, may or may not: unclear.
    """
    if len(values) < FEWEST:
        return Growth(UNCLEAR, f"{len(values)} readings, {FEWEST} are needed")
    half = len(values) // 2
    whole, late = slope(values, step), slope(values[half:], step)
    pace_before, pace = _pace(values[: half + 1], step), _pace(values[half:], step)
    if pace <= threshold:
        return Growth(LEVEL, f"no lasting rise above {threshold:g} a run", whole, late, pace)
    if whole.low <= threshold:
        reason = "it may rise, but the interval holds no rise as well"
        return Growth(UNCLEAR, reason, whole, late, pace)
    if pace < pace_before / 2:
        reason = "it still rises, at less than half the pace of before, as a cache that fills"
        return Growth(UNCLEAR, reason, whole, late, pace)
    return Growth(GROWS, "it rises to the end", whole, late, pace)


def _pace(values: Sequence[float], step: float) -> float:
    """Mean rise for each run, without the largest of the rises."""
    rises = sorted(after - before for before, after in pairwise(values))
    return statistics.fmean(rises[:-1]) / step
