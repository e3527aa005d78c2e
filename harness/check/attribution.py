"""Release or dependency: which part of a change is the framework's own.

A figure in four environments, the framework old or new, its dependencies old or new, is a 2x2. With
`change` from both old to both new, the shares of it are

    framework    = (new framework, old dependencies - both old) / change
    dependencies = (old framework, new dependencies - both old) / change
    together     = 1 - framework - dependencies

The last one is the interaction of the 2x2: what comes only where both are new, and by which the two
orders of taking the steps differ. Most often it is 0.

`attributions.json` beside the results of a target keeps what was found, for the findings. Keys that
stay: `schema` (1) and `attributions`, each with the fields of `Attribution`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.check import telling
from harness.common import files, kinds
from harness.common.numbers import change, quantity
from harness.history.releases import ATTRIBUTIONS
from harness.rendering.lines import wrap
from harness.rendering.tables import plain

SCHEMA = 1
MOST = 12
"""Rows that are shown."""
PACKAGES = 3
LEAST = 0.005
"""A smaller share is not named: it would be shown as 0 %."""
OWN, OTHERS, TOGETHER = "the framework's own", "of dependencies", "only of both together"


@dataclass(frozen=True)
class Square:
    """A figure in the four environments; None where one of the two mixed ones has none."""

    old: float
    framework: float | None
    dependencies: float | None
    new: float

    def shares(self) -> tuple[float | None, float | None, float | None]:
        """Of the framework, of dependencies, of both together: parts of the change, which is not 0;
        None where it is not known."""
        whole = self.new - self.old
        own, others = (
            None if each is None else (each - self.old) / whole
            for each in (self.framework, self.dependencies)
        )
        together = None if own is None or others is None else 1 - own - others
        return own, others, together


@dataclass(frozen=True)
class Blamed:
    """A share of a change, and the packages whose versions make it, as `name old → new`."""

    packages: list[str]
    share: float

    @property
    def name(self) -> str:
        """The packages in a few words."""
        more = len(self.packages) - PACKAGES
        return ", ".join(self.packages[:PACKAGES]) + f" and {more} more" * (more > 0)


@dataclass(frozen=True)
class Row:
    """A figure that changed. new_framework, new_dependencies: with the other half old; framework,
    dependencies, together: shares, null where unknown; beside: the framework, "old" or "new", with
    which single dependencies were tried, "" where none was; by: their shares, which beside the new
    framework have those of both together in them.
    """

    label: str
    unit: str
    old: float
    new: float
    new_framework: float | None
    new_dependencies: float | None
    framework: float | None
    dependencies: float | None
    together: float | None
    beside: str
    by: list[Blamed]

    @property
    def parts(self) -> list[tuple[str, float]]:
        """Whose the change is, and which share of it, the largest first."""
        own, others, together = self.framework, self.dependencies, self.together
        blamed = sum(each.share for each in self.by)
        found = [(f"of {each.name}", each.share) for each in self.by]
        if own is not None:
            found.append((OWN, own))
        if own is not None and (self.beside == "new" or others is None):
            either = OTHERS if self.beside == "new" else f"{OTHERS}, or {TOGETHER}"
            found.append((either, 1 - own - blamed))
        elif others is not None:
            found.append((OTHERS, others - blamed))
            rest = (f"{OWN}, or {TOGETHER}", 1 - others)
            found.append(rest if together is None else (TOGETHER, together))
        known = [(name, share) for name, share in found if abs(share) >= LEAST]
        return sorted(known, key=lambda each: -round(abs(each[1]), 3))

    @property
    def in_words(self) -> str:
        """Whose the change is, as in `96 % of pydantic 2.11.0 → 2.12.0, 4 % the framework's own`;
        "" where it is not known."""
        return ", ".join(f"{quantity(round(s, 3), 'share')} {name}" for name, s in self.parts)

    @property
    def weight(self) -> float:
        """How telling it is."""
        return telling.weight(self.label.partition("(")[0], self.old, self.new, self.unit)


@dataclass(frozen=True)
class Attribution:
    """What was found of two releases.

    base, head: titles; commits: both hashes; platform: Python and system; environments: so many
    were measured; moved: dependencies whose versions differ; remarks: what could not be had, and
    why; rows: the most telling first.
    """

    project: str
    base: str
    head: str
    commits: tuple[str, str]
    platform: str
    environments: int
    moved: list[str]
    remarks: list[str]
    rows: list[Row]

    def row(self, label: str) -> Row | None:
        return next((each for each in self.rows if each.label == label), None)

    def of_these(self, labels: Sequence[str]) -> str:
        """To what a change of these figures is due, in words: of the first one where that is
        known, else of the first that is; "" where none is."""
        for label in labels:
            if (row := self.row(label)) and (words := row.in_words):
                return f"Of this {words}" if label == labels[0] else f"Of {label} {words}"
        return ""

    @property
    def sentence(self) -> str:
        """What was found, in a sentence or two."""
        title = f"{self.project} {self.base} → {self.head}"
        if not self.rows:
            return f"{title}: no exact figure changed."
        many = len(self.rows)
        said = f"{title}: {many} exact figure{'s' * (many > 1)} changed."
        if not self.moved:
            return f"{said} All of it is {OWN}: no dependency is another one."
        first = self.rows[0]
        said += f" Of the most telling one, {first.label}, {first.in_words or 'nobody knows'}."
        counted = Counter(each.parts[0][0] for each in self.rows if each.parts)
        most = ", ".join(f"{n} {name}" for name, n in counted.most_common())
        return said + f" By the largest part of each: {most}." * (many > 1)


def text(found: Attribution, everything: bool = False) -> str:
    """It for people: a sentence, a table, remarks."""
    shown = found.rows if everything else found.rows[:MOST]
    parts = [wrap(found.sentence)]
    if shown:
        parts.append(plain(("figure", "old", "new", "change", "of which"), map(_cells, shown)))
    if more := len(found.rows) - len(shown):
        parts.append(f"and {more} more (--all)")
    rest = [*found.remarks, f"measured in {found.environments} environments, {found.platform}"]
    return "\n\n".join([*parts, wrap("\n".join(rest))])


def _cells(row: Row) -> tuple[str, ...]:
    relative = telling.relative_change(row.old, row.new)
    words = row.in_words or "(see below)"
    return (
        row.label,
        quantity(row.old, row.unit),
        quantity(row.new, row.unit),
        change(relative),
        words,
    )


def read(folder: Path) -> list[Attribution]:
    """Those that are kept beside results; ValueError, one line, for a broken file."""
    if not (path := folder / ATTRIBUTIONS).exists():
        return []
    return files.parsed(path, lambda content: list(_of(json.loads(content))))


def _of(content: object) -> Iterator[Attribution]:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ValueError(f"it is no document of attributions of schema {SCHEMA}")
    yield from kinds.of(list[Attribution], content.get("attributions"), "attributions")
