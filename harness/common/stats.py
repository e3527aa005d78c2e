"""Statistics of samples: percentiles and paired ratios."""

import math
import statistics
from collections.abc import Sequence

FEWEST_PROCESSES = 5
"""So many must have given a sample of a figure before it is judged: a session measures no fewer."""


def percentile(samples: Sequence[float], percent: float) -> float:
    """Linear interpolation between closest ranks (Hyndman and Fan 1996, type 7).

    samples: at least one finite number; percent: 0 to 100. Raises ValueError otherwise.
    """
    if not samples or not 0 <= percent <= 100:
        raise ValueError(f"percentile {percent} of {len(samples)} samples")
    return at_rank(sorted(samples), percent)


def at_rank(ordered: Sequence[float], percent: float) -> float:
    """The percentile of samples in ascending order, at least one."""
    rank = (len(ordered) - 1) * percent / 100
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Median of a/b over pairs measured side by side; pairs with b <= 0 are left out.

    Raises ValueError when no pair is left.
    """
    ratios = [a / b for a, b in pairs if b > 0]
    if not ratios:
        raise ValueError("no pair with a positive denominator")
    return statistics.median(ratios)
