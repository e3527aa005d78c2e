"""Percentiles of latencies, as far as there are requests enough to speak of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.common.stats import percentile

CURVE_STEPS = 12  # points of a percentile curve for each factor of ten


@dataclass(frozen=True)
class Percentiles:
    """Seconds. A percentile is None where fewer requests than one beyond it are expected:
    p99.9 takes 1000 of them, p99 100, p95 20, p90 10. All are None without any request.
    """

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    p999: float | None
    max: float | None


def needed(percent: float) -> int:
    """Samples from which on at least one is expected beyond the percentile."""
    return max(1, round(100 / (100 - percent))) if percent > 50 else 1


def summarise(ordered: Sequence[float]) -> Percentiles:
    """The percentiles of values in ascending order (linear between ranks, type 7)."""

    def at(percent: float) -> float | None:
        return percentile(ordered, percent) if len(ordered) >= needed(percent) else None

    count = len(ordered)
    return Percentiles(
        count=count,
        mean=math.fsum(ordered) / count if count else None,
        p50=at(50),
        p90=at(90),
        p95=at(95),
        p99=at(99),
        p999=at(99.9),
        max=ordered[-1] if count else None,
    )


def curve(ordered: Sequence[float]) -> list[tuple[float, float]]:
    """(percentile, value) pairs, denser towards the tail, up to what the samples support."""
    if not ordered:
        return []
    steps = math.floor(CURVE_STEPS * math.log10(len(ordered)))
    percents = [100 * (1 - 10 ** (-k / CURVE_STEPS)) for k in range(steps + 1)]
    return [(percent, percentile(ordered, percent)) for percent in percents]
