"""Where exact rows stepped between two results, and what to measure to find each step's release."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence

from harness.check.judge import Verdict, judge
from harness.check.rows import Row, rows
from harness.check.slo import Settings
from harness.results.result import Result

STEPS = ("regression", "improvement")
LARGEST = 10.0
"""Of a step, as a natural logarithm."""

Chain = Callable[[str], Sequence[str]]
"""The commits that led to one, newest first and beginning with it."""


def exact(base: Result, head: Result, settings: Settings) -> list[Verdict]:
    """The exact rows beyond their thresholds; none where the two are not comparable.

    Another Python, even of another patch version, counts differently in its standard library; and
    where the floor moved, too, it was the harness.
    """
    if base.platform != head.platform:
        return []
    table = [row for row in rows(base, head) if not row.is_noisy]
    floors = {row.place: moved(row) for row in table if row.is_floor and row.is_compared}
    return [
        verdict
        for verdict in judge(table, settings)
        if verdict.verdict in STEPS
        and abs(moved(verdict.row)) > 2 * abs(floors.get(verdict.row.place, 0.0))
    ]


def moved(row: Row) -> float:
    """By how much a row's value changed, in its unit."""
    return row.head.value - row.base.value


def size(verdict: Verdict) -> float:
    """How large a step is, in either direction: a natural logarithm, at most LARGEST.

    From or to zero it is that of how many, or how many kB, there are, and one more.
    """
    row = verdict.row
    old, new = row.base.value, row.head.value
    if old > 0 and new > 0:
        return min(LARGEST, abs(math.log(new / old)))
    return min(LARGEST, math.log1p(abs(new - old) / (1000 if row.unit == "bytes" else 1)))


def middles(
    found: Iterable[Result], tried: Collection[str], chain: Chain, settings: Settings
) -> dict[str, float]:
    """The commit in the middle of each gap over which something stepped, with its largest step.

    found: the results that have numbers; tried: commits that are measured or cannot be.
    """
    by_commit = {result.commit: result for result in found}
    sizes: dict[str, float] = {}
    for head in by_commit.values():
        earlier = chain(head.commit)[1:]
        place = next((i for i, commit in enumerate(earlier) if commit in by_commit), 0)
        left = [commit for commit in earlier[:place] if commit not in tried]
        if left and (stepped := exact(by_commit[earlier[place]], head, settings)):
            middle = left[len(left) // 2]
            sizes[middle] = max(sizes.get(middle, 0.0), *map(size, stepped))
    return sizes
