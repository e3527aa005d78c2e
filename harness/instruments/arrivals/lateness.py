"""How late a generator may be: the same for `harness load` and for the benchmarks.

Lateness is part of every latency, so beyond this the load was not the one that was asked for.
"""

from collections.abc import Callable, Sequence

from harness.common.stats import percentile

LATE = 0.01
SHARE = 0.1


def allowed(median: float) -> float:
    """Seconds: 10 ms, or a tenth of the load's median latency."""
    return max(LATE, SHARE * median)


def judged(
    lates: Sequence[float], of: Callable[[Sequence[float], float], float] = percentile
) -> tuple[str, float]:
    """The statistic that must keep to that: the highest of which so many requests tell.

    of: what gives a percentile; `at_rank` where they are in ascending order.
    """
    if not lates:
        return "max", 0.0
    for percent in (99, 95):
        if len(lates) >= 100 / (100 - percent):
            return f"p{percent}", of(lates, percent)
    return "max", max(lates)
