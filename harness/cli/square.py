"""To what the exact figures that changed between two releases are due: four environments, and those
along a path between two of them, on which dependencies become new one by one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from harness.check import slo
from harness.check.attribution import Attribution, Blamed, Row, Square
from harness.check.blame import Part, Unmeasured, Values, blame
from harness.check.judge import judge
from harness.check.steps import STEPS
from harness.cli.laboratory import Laboratory
from harness.history.cached import Environment
from harness.history.release import Release
from harness.rendering.lines import one_line
from harness.results.figures import Figure
from harness.results.files import BadInput
from harness.results.result import package_changes
from harness.results.target import Target

LEAST = 0.01
"""Of a change: dependencies that together make less of it are not told apart."""


def answer(target: Target, lab: Laboratory, old: str, new: str, most: int) -> Attribution:
    """To what the exact figures that changed between two releases are due.

    most: environments with single dependencies. Raises BadInput for what is no release, Unmeasured
    where one of the two releases gives no figures.
    """
    (base, before), (head, after) = lab.release(old), lab.release(new)
    if base == head:
        raise BadInput(f"{old} and {new} are the same release")
    square = _Square(lab, before, after, slo.settings(target.config))
    if square.moved and square.changed:
        square.mix()
        square.tell_apart(most)
    rows = map(square.row, square.changed)
    return Attribution(
        project=str(target.conf.project),
        base=f"v{before.version}",
        head=f"v{after.version}",
        commits=(base, head),
        platform=lab.platform,
        environments=len(lab.measured),
        moved=square.moved,
        remarks=[
            *square.remarks(),
            *lab.unlike_results(base, square.old),
            *lab.unlike_results(head, square.new),
        ],
        rows=sorted(rows, key=lambda each: (-each.weight, each.label)),
    )


class _Square:
    """The figures in the environments of a 2x2, and of a path along one side of it."""

    def __init__(
        self, lab: Laboratory, before: Release, after: Release, settings: slo.Settings
    ) -> None:
        """Both old, both new, and what changed from one to the other."""
        self._lab, self._before, self._after = lab, before, after
        self._old, self._new = (lab.environment(each, each) for each in (before, after))
        self.old, self.new = (lab.figures(each, lab.rows) for each in (self._old, self._new))
        self.moved = _changes(self._old, self._new)
        both = self.old.keys() & self.new.keys()
        table = [
            dataclasses.replace(
                lab.rows[label].row, base=Figure(self.old[label]), head=Figure(self.new[label])
            )
            for label in lab.rows
            if label in both
        ]
        self.changed = [v.row.label for v in judge(table, settings) if v.verdict in STEPS]
        # Without another dependency, the framework makes all of it.
        self.framework: Values = self.new
        self.dependencies: Values = self.old
        self._newer: Environment | None = None
        self._older: Environment | None = None
        self.beside, self.by = "", dict[str, list[Blamed]]()
        self._said: list[str] = []

    def mix(self) -> None:
        """The new framework on old dependencies, and the old one on new ones."""
        self.framework, self._newer = self._mixed(self._after, self._old, "the new framework")
        self.dependencies, self._older = self._mixed(self._before, self._new, "the old framework")
        along = _changes(self._old, self._newer) if self._newer else []
        if along:
            self._said.append(f"moves with the framework, and counts as its own: {_few(along)}")
        behind = _changes(self._older, self._new) if self._older else []
        if alone := [each for each in behind if each not in along]:
            self._said.append(f"does not move without the framework: {_few(alone)}")

    def _mixed(
        self, of: Release, near: Environment, what: str
    ) -> tuple[Values, Environment | None]:
        try:
            place = self._lab.environment(of, self._after, near=_lines(near))
            return self._lab.figures(place, self.changed), place
        except Unmeasured as error:
            whose = "old" if near is self._old else "new"
            self._said.append(f"{what} with the {whose} dependencies: {error}")
            return {}, None

    def tell_apart(self, most: int) -> None:
        """Whose the dependencies' part is: along a path on which they become new one by one, beside
        the old framework, or beside the new one where that alone shows it."""
        scale = {label: abs(self.new[label] - self.old[label]) for label in self.changed}
        sides = {
            "old": (self._before, self._old, self._older, self.old, self.dependencies),
            "new": (self._after, self._newer, self._new, self.framework, self.new),
        }
        for self.beside, (of, begin, end, first, last) in sides.items():
            if begin is None or end is None:
                continue
            moved = Part(0, 1, first, last).moved
            labels = [label for label in scale if abs(moved(label)) >= LEAST * scale[label]]
            if labels:
                path = _Path(self._lab, of, self._after, (begin, end), labels)
                whole = Part(0, len(path.names), first, last)
                for part in blame(whole, path.at, scale, most, LEAST):
                    self._blame(part, path.between(part), scale)
                return
        self.beside = ""

    def _blame(self, part: Part, packages: list[str], scale: Values) -> None:
        for label in scale:
            share = part.moved(label) / (self.new[label] - self.old[label])
            if abs(share) >= LEAST:
                self.by.setdefault(label, []).append(Blamed(packages, share))
        if part.why:
            self._said.append(f"not told apart: {_few(packages)}: {part.why}")

    def row(self, label: str) -> Row:
        """What was found of a figure."""
        values = (
            self.old[label],
            self.framework.get(label),
            self.dependencies.get(label),
            self.new[label],
        )
        own, others, together = Square(*values).shares()
        return Row(
            label=label,
            unit=self._lab.rows[label].row.unit,
            old=self.old[label],
            new=self.new[label],
            new_framework=values[1],
            new_dependencies=values[2],
            framework=own,
            dependencies=others,
            together=together,
            beside=self.beside if label in self.by else "",
            by=self.by.get(label, []),
        )

    def remarks(self) -> Iterator[str]:
        """What could not be had, and why."""
        yield from self._said
        if not self.moved:
            yield "no dependency is another one: two environments are enough"
        for reason, many in self._lab.reasons.most_common(3):
            yield one_line(f"without a figure: {many} in {reason}")


class _Path:
    """From one environment to another of the same release, a dependency at a time."""

    def __init__(
        self,
        lab: Laboratory,
        of: Release,
        as_of: Release,
        ends: tuple[Environment, Environment],
        labels: Sequence[str],
    ) -> None:
        """labels: of the figures that are looked at."""
        self._lab, self._of, self._as_of, self._labels = lab, of, as_of, labels
        self._former, self._target = (_versions(each) for each in ends)
        names = sorted(self._former.keys() | self._target.keys())
        self.names = [each for each in names if self._former.get(each) != self._target.get(each)]
        self._places = dict(zip((0, len(self.names)), ends, strict=True))

    def at(self, many: int) -> Values:
        """The figures when so many are new, the others as they were where nothing speaks against
        it. Unmeasured says why there are none."""
        moved = self.names[:many]
        pins = [f"{each}=={self._target[each]}" for each in moved if each in self._target]
        near = [f"{k}=={v}" for k, v in self._former.items() if k not in moved]
        self._places[many] = self._lab.environment(self._of, self._as_of, pins, near)
        return self._lab.figures(self._places[many], self._labels)

    def between(self, part: Part) -> list[str]:
        """What differs in fact: some packages move only with others."""
        return _changes(self._places[part.begin], self._places[part.end])


def _versions(place: Environment) -> dict[str, str]:
    """What is installed beside the release, by name."""
    found = dict(each.split("==") for each in place.installed)
    found.pop(place.package, None)
    return found


def _lines(place: Environment) -> list[str]:
    return [f"{name}=={version}" for name, version in _versions(place).items()]


def _changes(old: Environment, new: Environment) -> list[str]:
    return package_changes(_lines(old), _lines(new))


def _few(packages: Sequence[str]) -> str:
    return Blamed(list(packages), 0.0).name
