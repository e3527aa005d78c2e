"""What is known of the way from one release of a package to another, from its document."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.check import telling
from harness.check.finding import Finding, Moved
from harness.check.known import Document, Group, Judged, Release, Row
from harness.check.sides import Side, standing

WORSE, BETTER = ("regression", "failed"), ("improvement",)
KINDS = {"worse": WORSE, "better": BETTER, "not known": ("no verdict", "gone")}
"""Rows of an upgrade, by verdicts: beyond the threshold, or without a verdict or number."""
MOST_OF_IT = 0.5
"""Of the whole way, as logarithms: a step as large as this is named."""


@dataclass(frozen=True)
class Line:
    """A row that moved, or of which it is not known. step: where most of it happened, or ""."""

    row: Row
    judged: Judged
    old: float | None
    new: float | None
    sentence: str = ""
    step: str = ""

    @property
    def question(self) -> str:
        """The benchmark file that asks it."""
        return self.row.benchmark.partition(".")[0]

    @property
    def weight(self) -> float:
        """How telling it is; what failed tells most."""
        if self.old is None or self.new is None:
            return telling.LARGEST
        return telling.weight(self.row.benchmark, self.old, self.new, self.row.unit)


@dataclass(frozen=True)
class Upgrade:
    """From one side to another, on one machine in one environment.

    timed: only what has noise; what is exact was taken from another machine.
    """

    of: Document
    group: Group
    have: Side
    to: Side
    timed: bool = False

    @property
    def name(self) -> str:
        """As it is installed."""
        return self.of.package or self.of.target

    def title(self, index: int) -> str:
        """Of a release, as people write it."""
        title = self.group.releases[index].title
        return title.removeprefix("v") if self.of.package else title

    @property
    def old(self) -> Release:
        """The one that stands for what there is."""
        return self.group.releases[self.have.stands]

    @property
    def new(self) -> Release:
        """The one that stands for what it may become."""
        return self.group.releases[self.to.stands]

    @property
    def is_none(self) -> bool:
        """Whether the same release stands for both."""
        return self.have.stands == self.to.stands

    @cached_property
    def rows(self) -> list[Line]:
        """All rows that have a number in the old release and are not the same in the new one,
        the most telling first."""
        found = [] if self.is_none else list(self._shown(self.have.stands, self.to.stands))
        return sorted(found, key=lambda each: (-each.weight, each.row.label))

    @cached_property
    def kinds(self) -> dict[str, list[Line]]:
        """The rows of each of KINDS."""
        return {
            name: [each for each in self.rows if each.judged.verdict in verdicts]
            for name, verdicts in KINDS.items()
        }

    @property
    def compared(self) -> int:
        """How many rows have a number in both."""
        sides = self.have.stands, self.to.stands
        both = (all(row.values[each] is not None for each in sides) for _, row in self._judged)
        return sum(both)

    @property
    def remarks(self) -> Iterator[str]:
        """What is to be known before the verdicts."""
        for side, of in ((self.have, self.old), (self.to, self.new)):
            if not side.is_measured:
                yield self._stand_in(side)
            if of.invalid:
                yield f"{of.title} is an invalid run: {'; '.join(of.invalid)}"
        platforms = {each.platform for each in (self.old, self.new) if each.platform}
        if len(platforms) > 1 and not self.timed:
            yield f"counted by different Pythons, of which each has its own: {', '.join(platforms)}"
        if moved := self._floors:
            more = f"{len(moved)} exact figures of the floor differ, too, {moved[0]} first"
            yield f"{more}: the harness or Python changed, not only {self.of.project}"

    def _stand_in(self, side: Side) -> str:
        taken = self.title(side.stands)
        words = f"{side.asked} was not measured: {taken} stands for it"
        if side.below is None or side.above is None:
            where = "oldest" if side.below is None else "newest"
            return f"{words}, the {where} that was"
        index = [each.title for each in self.group.releases].index(side.above)
        between = [each for each in self._shown(side.stands, index) if each.judged.change != 0]
        steps = [each for each in between if each.judged.verdict in (*WORSE, *BETTER)]
        words += f", the next below; the next above is {self.title(index)}"
        if not steps and any(each.judged.reason == telling.OTHER_CODE for each in between):
            return f"{words}, {telling.OTHER_CODE}"
        if not steps:
            return f"{words}, and no exact figure differs between these two"
        first = max(steps, key=lambda each: each.weight)
        return (
            f"{words}. Between these two {len(steps)} figures differ, most of all: {first.sentence}"
        )

    @property
    def _judged(self) -> list[tuple[int, Row]]:
        """The rows that this is about, with their numbers."""
        rows = enumerate(self.group.rows)
        return [(i, row) for i, row in rows if row.judged and not (self.timed and row.exact)]

    @property
    def _floors(self) -> list[str]:
        sides = self.have.stands, self.to.stands
        found = []
        for row in self.group.rows:
            old, new = (row.values[each] for each in sides)
            if row.exact and not row.judged and None not in (old, new) and old != new:
                found.append(row.label)
        return found

    @property
    def measure(self) -> str:
        """The command that measures both sides, and then what lies between."""
        name, sides = self.of.target, [self.have.asked, self.to.asked]
        if self.have.above is None and self.have.below:  # newer than all that was measured
            sides.reverse()
        return f"python -m harness survey {name} --pair {name} {' '.join(sides)}"

    @property
    def check(self) -> str:
        """The command that judges both sides."""
        sides = f"{self.old.title} {self.new.title}"
        machine = f" --machine {self.group.machine}"
        return f"python -m harness check {sides} --config {self.of.config}{machine}"

    def _shown(self, base: int, head: int) -> Iterator[Line]:
        judged = self.group.judged(base, head)
        for index, row in self._judged:
            old, new = row.values[base], row.values[head]
            if old is None:
                continue
            if found := judged.get(index):
                yield self._of(row, found, old, new)
            elif new is None:
                why = row.missing.get(str(head), "it was not measured")
                yield Line(row, Judged("gone", reason=why.removeprefix("n/a: ")), old, None)

    def _of(self, row: Row, judged: Judged, old: float, new: float | None) -> Line:
        if new is None or judged.verdict not in (*WORSE, *BETTER):
            return Line(row, judged, old, new, f"{row.label}: {judged.reason or judged.verdict}.")
        sure = "exact" if row.exact else f"99 % interval {judged.interval}"
        values = old, new, row.unit
        sentence = telling.sentence(row.about, values, judged.change, row.params, sure)
        return Line(row, judged, old, new, sentence, self._step(row, old, new))

    def _step(self, row: Row, old: float, new: float) -> str:
        """The finding on the way in which most of the change of a row happened."""
        steps = [
            (telling.size(moved.old, moved.new, row.unit), finding)
            for finding, moved in self._on_the_way
            if moved.label == row.label and (moved.new > moved.old) == (new > old)
        ]
        size, finding = max(steps, key=lambda each: each[0], default=(0.0, None))
        if finding is None or size < MOST_OF_IT * telling.size(old, new, row.unit):
            return ""
        base, head = (each.removeprefix("v") for each in (finding.base, finding.head))
        return f"in {head}" if finding.between == 0 else f"between {base} and {head}"

    @cached_property
    def _on_the_way(self) -> list[tuple[Finding, Moved]]:
        """The rows of the findings that lie between both sides, but for one over the whole way."""
        place = {each.commit: index for index, each in enumerate(self.group.releases)}
        whole = (self.old.commit, self.new.commit)
        first, last = sorted((self.have.stands, self.to.stands))
        group = (self.group.machine, self.group.environment)
        found = [
            each
            for each in self.of.findings
            if (each.machine, each.environment) == group
            and each.commits != whole
            and place.get(each.commits[0], -1) >= first
            and place.get(each.commits[1], last + 1) <= last
        ]
        return [(each, row) for each in found for row in each.rows]


def upgrades(of: Document, old: str, new: str | None) -> list[Upgrade]:
    """Of the exact figures, and of timed ones of the first machine that measured the same two.

    Raises ValueError, one line, where no measured release can stand for one of the two.
    """
    counted = [each for each in of.groups if of.counts(each) and each.releases]
    if not counted:
        raise ValueError(f"no release of {of.target} has been measured")
    group = counted[0]
    newest = group.releases[-1].title.removeprefix("v")
    first = Upgrade(of, group, standing(of, group, old), standing(of, group, new or newest))
    for other in of.groups:
        places = {each.commit: index for index, each in enumerate(other.releases)}
        both = {first.old.commit, first.new.commit} <= places.keys()
        if both and other is not group and not (first.is_none or other.exact):
            have, to = (
                dataclasses.replace(each, stands=places[release.commit])
                for each, release in ((first.have, first.old), (first.to, first.new))
            )
            return [first, Upgrade(of, other, have, to, timed=True)]
    return [first]
