"""The rows of a target's page: where each of them changed, by how far, and how that is shown."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from harness.check.drift import CONTROLS
from harness.check.known import Group, Judged, Pair, Release, Row
from harness.check.telling import parameter
from harness.common.numbers import quantity
from harness.rendering import charts
from harness.site.moved import Moved

CHANGED = {"failed": "lost", "gone": "lost", "regression": "worse", "improvement": "better"}
"""Verdicts that are shown as changes, and what they are."""

STRIP = 120
"""Pixels that the releases of a row's strip take at most."""

STROKES = {"floor": "dashed", "control": "dotted"}
"""How the witnesses beside a row are drawn."""


@dataclass(frozen=True)
class Step(Moved):
    """A change from one release to the next one that was measured."""

    pair: Pair

    @property
    def far(self) -> float:
        """How many thresholds it is; from zero, a unit (of bytes, a kB) counts as the whole.

        What failed is first, what was not measured any more is last.
        """
        if CHANGED[self.judged.verdict] == "lost":
            return math.inf if self.judged.verdict == "failed" else 0.0
        if self.judged.change is not None:
            return abs(self.judged.change) / self.row.threshold
        unit = 1000 if self.row.unit == "bytes" else 1
        return abs((self.new or 0.0) - (self.old or 0.0)) / unit / self.row.threshold


@dataclass(frozen=True)
class Line:
    """A row as the page has it. steps: its changes, the newest first."""

    group: Group
    row: Row
    id: str
    steps: Sequence[Step]
    said: Judged | None  # of the newest release, if it is not the same

    @property
    def largest(self) -> Step:
        """Its largest change, the newest of several."""
        return max(self.steps, key=lambda step: step.far)

    @property
    def strip(self) -> Markup:
        """In which of the releases it changed: up is worse, down better, the whole height lost."""
        ends = {"worse": "6V0", "better": "6V12", "lost": "0V12"}
        drawn: defaultdict[str, str] = defaultdict(str)
        for step in self.steps:
            way = CHANGED[step.judged.verdict]
            drawn[way] += f"M{4 * step.pair.head + 2},{ends[way]}"
        many = len(self.group.releases)
        wide = 4 * many
        paths = Markup("").join(
            Markup('<path class="{}" d="{}"/>').format(*each) for each in drawn.items()
        )
        return Markup(
            '<svg class="when" viewBox="0 0 {} 12" width="{}" height="12" aria-hidden="true"'
            ' preserveAspectRatio="none"><path d="M0,6H{}"/>{}</svg>'
        ).format(wide, min(10 * many, STRIP), wide, paths)

    @property
    def details(self) -> str:
        """What tells it from rows that measure the same: its question, and the parameters."""
        question = self.row.benchmark.rpartition(".")[0]
        values = (parameter(*each) for each in self.row.params.items())
        return ", ".join(filter(None, [question, *values]))

    @property
    def name(self) -> str:
        """What is measured, in words."""
        return f"{self.row.about} ({self.details})"

    @property
    def newest(self) -> str:
        """The value in the newest release."""
        return quantity(self.row.values[-1], self.row.unit)

    @property
    def constant(self) -> bool:
        """Whether it never moved: then a chart shows nothing."""
        return len({value for value in self.row.values if value is not None}) < 2

    @property
    def why(self) -> str:
        """Why the newest release has no value; "" if it has one."""
        if self.row.values[-1] is not None:
            return ""
        return self.row.missing.get(str(len(self.row.values) - 1), "not measured")

    @property
    def chart(self) -> Markup:
        """Its history; the step that is shaded is the newest one."""
        row, group = self.row, self.group
        step = self.steps[0].pair if self.steps else None
        return charts.history(
            charts.History(
                title=self.name,
                releases=[each.title for each in group.releases],
                values=row.values,
                unit=row.unit,
                low=row.low,
                high=row.high,
                beside={name: each.values for name, each in self.beside},
                step=(step.base, step.head) if step else None,
                marks={
                    each.pair.head: CHANGED[each.judged.verdict]
                    for each in self.steps
                    if CHANGED[each.judged.verdict] in charts.MARKS
                },
                invalid=[i for i, each in enumerate(group.releases) if each.invalid],
                threshold=row.threshold,
            )
        )

    @property
    def legend(self) -> str:
        """What the chart shows."""
        first = next(i for i, value in enumerate(self.row.values) if value is not None)
        texts = [
            f"Left: change since {self.group.releases[first].title}",
            f"right: {self.row.unit}",
        ]
        if self.row.values[first] == 0:
            texts = [f"{self.row.unit}; the first value is zero".strip()]
        if self.row.low:
            texts.append("bars: 99 % interval")
        for name, row in self.beside:
            values = [value for value in row.values if value is not None]
            if values:
                ends = " → ".join(
                    dict.fromkeys(quantity(v, row.unit) for v in (values[0], values[-1]))
                )
                texts.append(f"{STROKES[name]}: {name}, {ends}")
        texts += ["hatched: an invalid run"] * any(each.invalid for each in self.group.releases)
        return "; ".join(texts) + "."

    @property
    def pair(self) -> Pair | None:
        """That of its newest change, else the newest one."""
        return self.steps[0].pair if self.steps else self.group.before(len(self.row.values) - 1)

    @property
    def release(self) -> Release:
        """That of its newest change, else the newest one."""
        return self.group.releases[self.pair.head if self.pair else -1]

    @property
    def state(self) -> str:
        """What became of it in the newest release."""
        return self.said.verdict if self.said else "same" if self.pair else "no verdict"

    @property
    def validity(self) -> str:
        """Which of its runs are invalid, in a sentence."""
        if self.row.exact:
            return "What is exact does not depend on what else the machine did."
        invalid = [each.title for each in self.group.releases if each.invalid]
        return f"Invalid runs: {', '.join(invalid)}." if invalid else "All of its runs are valid."

    @property
    def beside(self) -> Iterator[tuple[str, Row]]:
        """The witnesses that are drawn beside it."""
        rows = self.group.rows
        if self.row.floor is not None:
            yield "floor", rows[self.row.floor]
        wanted = CONTROLS.get(self.row.unit) if self.row.grade == "absolutes" else None
        yield from (("control", each) for each in rows if each.benchmark == wanted)


def lines(group: Group, suffix: str = "") -> list[Line]:
    """The judged rows of a group that were ever measured, those that changed most first.

    suffix: of their ids.
    """
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    heads = reversed(range(len(group.releases)))
    pairs = [pair for head in heads if (pair := group.before(head))]
    for pair in pairs:
        for i, judged in pair.judged.items():
            if judged.verdict in CHANGED:
                values = group.rows[i].values
                steps[i].append(
                    Step(group.rows[i], judged, values[pair.base], values[pair.head], pair)
                )
    newest = group.before(len(group.releases) - 1)
    found = [
        Line(
            group,
            row,
            f"row={quote(row.label)}{suffix}",
            steps[i],
            newest.judged.get(i) if newest else None,
        )
        for i, row in enumerate(group.rows)
        if row.judged and any_value(row)
    ]
    return sorted(found, key=lambda line: -max((each.far for each in line.steps), default=-1.0))


def any_value(row: Row) -> bool:
    """Whether it was ever measured."""
    return any(value is not None for value in row.values)
