"""The tests behind a verdict: ranks, Welch's t, Fisher, Holm, an interval of the change.

All tests are one-sided, "head is larger than base"; swap the arguments for the other side. scipy
is imported when a test is asked for, because most of a check's rows need none.
"""

import functools
import math
import statistics
import warnings
from collections.abc import Mapping, Sequence

EXACT_UP_TO = 12  # samples a side; beyond, the normal approximation is as good, and quick


def separated(base: Sequence[float], head: Sequence[float]) -> bool:
    """Whether every sample of head is larger than every sample of base."""
    return min(head) > max(base)


def rank_p(base: Sequence[float], head: Sequence[float]) -> float:
    """Exact one-sided Mann-Whitney p; ties count against a difference. Needs samples.

    scipy counts a tie as half a win, and corrects only its approximation for them.
    """
    return _rank_tail(len(base), len(head), sum(h > b for h in head for b in base))


@functools.cache
def _rank_tail(m: int, n: int, wins: int) -> float:
    """How rare so many wins of n samples over m are, asked of samples that have them."""
    from scipy.stats import mannwhitneyu

    over_all, over_some = divmod(wins, m)
    beaten = [m] * over_all + [over_some] * (over_all < n) + [0] * (n - over_all - 1)
    head = [number - 0.5 + index / (4 * n) for index, number in enumerate(beaten)]
    method = "exact" if max(m, n) <= EXACT_UP_TO else "asymptotic"
    return float(mannwhitneyu(head, range(m), alternative="greater", method=method).pvalue)


def welch_p(base: Sequence[float], head: Sequence[float]) -> float:
    """One-sided p of Welch's t-test; 0 or 1 where neither side varies. At least two samples each.

    Four against four samples can never be rarer than 1 in 70 by their ranks alone. Where they
    separate completely, how far apart they are in units of their own spread tells more.
    """
    from scipy.stats import ttest_ind

    if len(set(base)) == len(set(head)) == 1:
        return float(head[0] <= base[0])
    with warnings.catch_warnings():  # of samples that are nearly equal, which is no concern here
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(ttest_ind(head, base, equal_var=False, alternative="greater").pvalue)


def fisher_p(base: tuple[int, int], head: tuple[int, int]) -> tuple[float, float]:
    """p of Fisher's exact test for a rise and for a fall. base, head: so many of so many."""
    from scipy.stats import fisher_exact

    table = [(some, of - some) for some, of in (head, base)]
    rise, fall = (fisher_exact(table, alternative=way).pvalue for way in ("greater", "less"))
    return float(rise), float(fall)


def difference_p(base: Sequence[float], head: Sequence[float], enough: int) -> float:
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
        out = max(0, int(m * n / 2 - 2.576 * math.sqrt(m * n * (m + n + 1) / 12)))
    else:
        kept = (out for out in range(m * n) if _rank_tail(m, n, m * n - out) > 0.005)
        out = max(0, next(kept) - 1)
    return differences[out], differences[-1 - out]


def scale(values: Sequence[float]) -> float:
    """Robust standard deviation: 1.4826 times the median absolute deviation; 0 for fewer than 3."""
    if len(values) < 3:
        return 0.0
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(value - middle) for value in values)
