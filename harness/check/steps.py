"""Where exact rows stepped between two results, and what to measure to find each step's release."""

from collections.abc import Callable, Collection, Iterable, Sequence

from harness.check import telling
from harness.check.judge import Verdict, judge
from harness.check.rows import Row, rows
from harness.check.slo import Settings
from harness.results.result import Result

STEPS = ("regression", "improvement")
MANY = 3

Chain = Callable[[str], Sequence[str]]
"""The commits that led to one, newest first and beginning with it."""


def exact(base: Result, head: Result, settings: Settings) -> list[Verdict]:
    """The exact rows beyond their thresholds; none where the two are not comparable.

    Another Python, even of another patch version, counts differently in its standard library; and
    where the floor moved, too, it was the harness. What a busy machine may do once or twice, such
    as to block an event loop, has to be MANY more or fewer.
    """
    if base.platform != head.platform:
        return []
    table = [row for row in rows(base, head) if not row.is_noisy]
    floors = {row.place for row in table if row.is_floor and _is_beyond(row, settings)}
    judged = (each for each in judge(table, settings) if each.verdict in STEPS)
    return [
        each
        for each in judged
        if each.row.place not in floors and (_repeats(each.row, head) or _moved(each.row) >= MANY)
    ]


def _repeats(row: Row, head: Result) -> bool:
    return bool(head.benchmarks[row.benchmark].get("exact", True))


def _moved(row: Row) -> float:
    return abs(row.head.value - row.base.value)


def _is_beyond(row: Row, settings: Settings) -> bool:
    change = telling.relative_change(row.base.value, row.head.value)
    return row.is_compared and abs(change) > settings.thresholds.of(row)


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
            sizes[middle] = max(sizes.get(middle, 0.0), *(_size(each.row) for each in stepped))
    return sizes


def _size(row: Row) -> float:
    return telling.size(row.base.value, row.head.value, row.unit)
