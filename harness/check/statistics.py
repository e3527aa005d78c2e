"""The tests behind a verdict, in plain Python: ranks, Welch's t, Holm, an interval of the change.

All tests are one-sided, "head is larger than base"; swap the arguments for the other side.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from asv import _stats

EXACT_UP_TO = 12  # samples a side; beyond, the normal approximation is as good, and quick


def separated(base: Sequence[float], head: Sequence[float]) -> bool:
    """Whether every sample of head is larger than every sample of base."""
    return min(head) > max(base)


def rank_p(base: Sequence[float], head: Sequence[float]) -> float:
    """Exact one-sided Mann-Whitney p; ties count against a difference. Needs samples."""
    m, n = len(base), len(head)
    wins = sum(h > b for h in head for b in base)
    losses = m * n - wins
    if max(m, n) <= EXACT_UP_TO:
        return min(1.0, float(_stats.mann_whitney_u_cdf(m, n, losses, _memo)))
    z = (losses + 0.5 - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)
    return 0.5 * math.erfc(-z / math.sqrt(2))


_memo: dict[tuple[int, int, int], int] = {}


def welch_p(base: Sequence[float], head: Sequence[float]) -> float:
    """One-sided p of Welch's t-test; 0 or 1 where neither side varies. At least two samples each.

    Four against four samples can never be rarer than 1 in 70 by their ranks alone. Where they
    separate completely, how far apart they are in units of their own spread tells more.
    """
    gap = statistics.fmean(head) - statistics.fmean(base)
    parts = [statistics.variance(side) / len(side) for side in (base, head)]
    if sum(parts) <= 0:
        return 0.0 if gap > 0 else 1.0
    sizes = [len(base) - 1, len(head) - 1]
    freedom = sum(parts) ** 2 / sum(p * p / n for p, n in zip(parts, sizes, strict=True))
    return t_tail(gap / math.sqrt(sum(parts)), freedom)


def t_tail(t: float, freedom: float) -> float:
    """P(T > t) of Student's t with `freedom` degrees of freedom."""
    tail = 0.5 * _beta(freedom / (freedom + t * t), freedom / 2, 0.5)
    return tail if t > 0 else 1 - tail


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    result = d
    for m in range(1, 300):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + step * d) or tiny)
            c = (1 + step / c) or tiny
            result *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    log = a * math.log(x) + b * math.log1p(-x)
    log += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log) * result / a


def difference_p(base: Sequence[float], head: Sequence[float], enough: int = 8) -> float:
    """p that head is larger: by ranks where there are enough processes, else see `welch_p`."""
    ranks = rank_p(base, head)
    if min(len(base), len(head)) >= enough or not separated(base, head):
        return ranks
    return min(ranks, welch_p(base, head))


def holm(p_values: Mapping[int, float], alpha: float) -> set[int]:
    """The keys whose hypothesis falls at family-wise error `alpha` (Holm 1979)."""
    fallen: set[int] = set()
    for rank, key in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        if p_values[key] > alpha / (len(p_values) - rank):
            break
        fallen.add(key)
    return fallen


def shift_interval(base: Sequence[float], head: Sequence[float]) -> tuple[float, float]:
    """99 % interval of the shift head - base (Hodges and Lehmann), or the whole range of
    differences where the samples are too few for 99 %."""
    differences = sorted(h - b for h in head for b in base)
    m, n = len(base), len(head)
    if max(m, n) > EXACT_UP_TO:
        out = int(m * n / 2 - 2.576 * math.sqrt(m * n * (m + n + 1) / 12))
    else:
        out = 0
        while _stats.mann_whitney_u_cdf(m, n, out, _memo) <= 0.005:
            out += 1
    out = max(0, out - 1) if max(m, n) <= EXACT_UP_TO else max(0, out)
    return differences[out], differences[-1 - out]


def scale(values: Sequence[float]) -> float:
    """Robust standard deviation: 1.4826 times the median absolute deviation; 0 for fewer than 3."""
    if len(values) < 3:
        return 0.0
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(value - middle) for value in values)
