"""A finding: what changed from one release to the next one that was measured, written for people.

Its fields are the keys of the JSON; in documents (`known`) those with a default only where they
have another value.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.check import telling
from harness.common.numbers import change
from harness.rendering.lines import one_line

SMALL = math.log(1.1)
"""Of the most telling row; a smaller change gets a line, and so does one of the import alone."""
EXAMPLES = 2
PACKAGES = 6
DATE = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Moved:
    """A row. change: relative, None from zero; interval: of the change, 99 %, None if exact."""

    label: str
    grade: str
    unit: str
    old: float
    new: float
    change: float | None
    interval: tuple[float, float] | None

    @property
    def benchmark(self) -> str:
        return self.label.partition("(")[0]

    @property
    def is_up(self) -> bool:
        """Whether it rose."""
        return self.new > self.old if self.change is None else self.change > 0


@dataclass(frozen=True)
class Called:
    """A function, and how often it was called before and after."""

    name: str
    old: int
    new: int


@dataclass(frozen=True)
class Failed:
    """A row that gave a number before, and why it fails; "" where nobody said it."""

    label: str
    reason: str

    def __str__(self) -> str:
        return one_line(f"{self.label} ({self.reason})" if self.reason else self.label)


@dataclass(frozen=True)
class Finding:
    """base, head: titles; commits: both hashes; date: of the head, as DATE.

    rows: the most telling first; none where some only `failed`; functions: whose calls moved most,
    in the row that is `located`; packages: that changed beside it; between: releases that were not
    measured, if known; attribution: to what it is due, where `attribute` was asked and kept that.
    """

    target: str
    project: str
    base: str
    head: str
    commits: tuple[str, str]
    date: str
    machine: str
    environment: str
    sentence: str
    rows: tuple[Moved, ...]
    functions: tuple[Called, ...]
    located: str
    packages: tuple[str, ...]
    between: int | None
    failed: tuple[Failed, ...] = ()
    attribution: str = ""

    @property
    def at(self) -> datetime:
        return datetime.strptime(self.date, DATE).replace(tzinfo=UTC)

    @property
    def title(self) -> str:
        """Of what, between which releases."""
        return f"{self.project} {self.base} → {self.head}"

    @property
    def is_small(self) -> bool:
        """Whether one line is enough."""
        if not self.rows:
            return False
        first = self.rows[0]
        small = telling.size(first.old, first.new, first.unit) < SMALL
        return small or first.benchmark.startswith("startup.Import.")

    @property
    def in_words(self) -> str:
        """What changed most, and how many other figures did, the largest of other benchmarks."""
        rest = self.rows[1:]
        counted = Counter("rose" if each.is_up else "fell" for each in rest)
        parts = [f"{counted[way]} {way}" for way in ("rose", "fell") if counted[way]]
        failed = f" {lost(self.failed)}" if self.failed and self.rows else ""
        if not parts:
            return self.sentence + failed
        first: dict[str, Moved] = {}
        for each in rest:
            if each.benchmark != self.rows[0].benchmark:
                first.setdefault(each.benchmark, each)
        some = [f"{name} {_change(each)}" for name, each in list(first.items())[:EXAMPLES]]
        others = f"Of other figures {' and '.join(parts)}" + f": {', '.join(some)}" * bool(some)
        return f"{self.sentence} {others}.{failed}"

    def causes(self, mark: str = "") -> Iterator[str]:
        """Where it comes from, as far as that is known: functions, release or dependency, packages,
        releases between.

        mark: around the name of a function.
        """
        if self.functions:
            parts = (
                f"{mark}{each.name}{mark} {each.old:,} → {each.new:,}" for each in self.functions
            )
            of = "" if self.rows and self.located == self.rows[0].label else f" in {self.located}"
            yield f"Calls{of}: {'; '.join(parts)}"
        if self.attribution:
            yield self.attribution
        if self.packages:
            more = len(self.packages) - PACKAGES
            shown = ", ".join(self.packages[:PACKAGES])
            yield f"Changed beside it: {shown}" + f" and {more} more" * (more > 0)
        if self.between:
            yield f"Not measured between the two: {self.between}"

    def lines(self) -> Iterator[str]:
        yield f"{self.at:%Y-%m-%d}  {self.title}"
        yield f"  {self.in_words}"
        if not self.is_small:
            yield from (f"  {line}" for line in self.causes())


def lost(failed: Sequence[Failed]) -> str:
    """What gave a number before and fails now, in a sentence."""
    some = "; ".join(map(str, failed[:1]))
    what = "figure fails" if len(failed) == 1 else "figures fail"
    return f"{len(failed)} {what} that gave a number before: {some}" + (
        "; ..." if len(failed) > 1 else "."
    )


def _change(row: Moved) -> str:
    return "from 0" if row.change is None else change(row.change)
