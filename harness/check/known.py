"""What is known of each target: one JSON document, of which everything that shows verdicts is made.

`documents` makes it from results, `asv publish` writes it as `html/TARGET/verdicts.json`, and the
committed ones, which an installation carries, stand in `harness/known/` (`stored` says how they are
written). It needs no asv to be read. Keys that stay are the fields of `Document` and of what is in
it, those with a default only where they have another value; in JSON:

- `schema` (1), and the fields of `Document`; `groups`: each machine and environment.
- `releases` of a group, the lowest version or oldest commit first; rows and pairs number them from
  0. So they do rows, in the order of their names.
- `rows`: one a benchmark and set of parameters. `values`, `low` and `high` (both absent where no
  release has a 99 % interval) by release; null where there is no value, which `missing` explains by
  the release's number, unless it was just not measured.
- `not_installed`: releases without any number, and why; absent where there is none.
- `pairs`: what `python -m harness check BASE HEAD` says of each release against the one before it
  on its line, and then of each against the newest. `verdicts` by row number: without those that
  are the same, or n/a.
- `findings`: as `python -m harness findings --json` has them, but for fields that are empty.

Of any other pair, exact rows can be compared; what has noise cannot, since its verdict needs all
rows, floors and samples: that is `check`'s work. `Group.judged` says so.
"""

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
from harness.check.finding import Finding
from harness.check.telling import OTHER_CODE, relative_change
from harness.common import files, kinds
from harness.common.numbers import change

SCHEMA = 1
FOLDER = Path(harness.__file__).with_name("known")
ASK = "ask `check`"

Moved = list[tuple[str, int, int]]
"""Functions: name, calls before and after."""


@dataclass(frozen=True)
class Judged:
    """A verdict: one of `report.SEVERITY`, but for same and n/a.

    change: relative, None from zero; low, high: the 99 % interval of what is left of it when the
    machine's movement is taken off; functions: that moved most, the framework's own, where known.
    """

    verdict: str
    change: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""
    functions: Moved = field(default_factory=list)

    @property
    def interval(self) -> str:
        """The 99 % interval of the change; "" where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{change(self.low)} to {change(self.high)}"


@dataclass(frozen=True)
class Release:
    """A release or commit. findings, improvements: rows against the one before; None without one.

    invalid: why this is an invalid run; installed: lines of pip freeze; platform: Python to its
    patch version, system and architecture, "" where unknown.
    """

    title: str
    commit: str
    date: str
    invalid: list[str]
    installed: list[str]
    platform: str
    findings: int | None
    improvements: int | None


@dataclass(frozen=True)
class NotInstalled:
    """A release that could not be installed, and why."""

    title: str
    commit: str
    date: str
    reason: str

    @property
    def in_words(self) -> str:
        """Both in one line."""
        return f"{self.title} ({self.date[:10]}) could not be installed: {self.reason}"


@dataclass(frozen=True)
class Row:
    """A benchmark with one set of parameters over the releases.

    params: as asv writes them ("3", "'asyncio'"), without the runtime; exact: values of any two
    releases can be compared, a change beyond the relative `threshold` is one; floor: number of its
    floor's row; judged: False for floors and controls, the witnesses; best: a count that is that of
    the best of some processes, since it does not repeat in each; codes: which of several codes of
    ours measured it, by release, null where unknown; absent where it was one.
    """

    label: str
    benchmark: str
    params: dict[str, str]
    about: str
    grade: str
    unit: str
    exact: bool
    threshold: float
    floor: int | None
    judged: bool
    values: list[float | None]
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    best: bool = False
    codes: list[int | None] = field(default_factory=list)

    def by_other_code(self, base: int, head: int) -> bool:
        """Whether two releases were measured by different code of ours."""
        codes = {self.codes[each] for each in (base, head)} if self.codes else {None}
        return len(codes - {None}) > 1


@dataclass(frozen=True)
class Pair:
    """What `check` says of two releases, by their numbers.

    unmeasured: releases between the two that were not measured; None where unknown.
    """

    base: int
    head: int
    summary: str
    invalid: list[str]
    notes: list[str]
    unmeasured: int | None
    verdicts: dict[str, Any]  # Judged by row number; read when asked for, since they are many

    @functools.cached_property
    def judged(self) -> dict[int, Judged]:
        found = kinds.of(dict[str, Judged], self.verdicts, "verdicts").items()
        return {int(row): each for row, each in found}


@dataclass(frozen=True)
class Group:
    """What was measured on one machine in one environment.

    exact: the machine stands for all that count the same; fields: asv's, of the machine.
    """

    machine: str
    environment: str
    python: str
    exact: bool
    fields: dict[str, str]
    releases: list[Release]
    rows: list[Row]
    pairs: list[Pair]
    not_installed: list[NotInstalled] = field(default_factory=list)

    def pair(self, base: int, head: int) -> Pair | None:
        """What `check` said of these two, if it was asked."""
        return self._pairs.get((base, head))

    @functools.cached_property
    def _pairs(self) -> Mapping[tuple[int, int], Pair]:
        return {(each.base, each.head): each for each in self.pairs}

    def judged(self, base: int, head: int) -> dict[int, Judged]:
        """The verdicts on any two releases by row number: `check`'s, else those of exact rows."""
        if pair := self.pair(base, head):
            return pair.judged
        found = {i: _compared(row, base, head) for i, row in enumerate(self.rows) if row.judged}
        return {i: each for i, each in found.items() if each}

    def before(self, head: int) -> Pair | None:
        """A release against the one before it on its line; None where `check` has no answer."""
        is_judged = self.releases[head].findings is not None
        return next((each for each in self.pairs if is_judged and each.head == head), None)


@dataclass(frozen=True)
class FalseAlarms:
    """Of `check` on identical code, in the sensitivity study: pairs of runs, and rows of them."""

    pairs: int
    with_alarm: int
    rows: int
    alarms: int


@dataclass(frozen=True)
class Document:
    """A target: its results, and what they say.

    package: on the package index, None for commits; runtime: the adapter; config: asv's, in a
    checkout; as_of: date of the newest release; groups: the newest and most complete one first.
    """

    schema: int
    target: str
    project: str
    package: str | None
    runtime: str
    config: str
    as_of: str
    false_alarms: FalseAlarms | None
    groups: list[Group]
    findings: list[Finding]

    def counts(self, group: Group) -> bool:
        """Whether exact rows are shown of this group: only of that which stands for all machines,
        where there is one."""
        return group.exact or not any(each.exact for each in self.groups)


def _compared(row: Row, base: int, head: int) -> Judged | None:
    old, new = row.values[base], row.values[head]
    if old is None or new is None or old == new:
        return None
    if not row.exact:
        return Judged("no verdict", reason=ASK)
    change = relative_change(old, new)
    known = change if math.isfinite(change) else None
    if row.by_other_code(base, head):
        return Judged("no verdict", known, reason=OTHER_CODE)
    if abs(change) <= row.threshold:
        return Judged("changed", known)
    return Judged("regression" if change > 0 else "improvement", known)


def read(path: Path) -> Document:
    """A document; ValueError, one line that names the file, for what is none."""
    return files.parsed(path, lambda text: of(json.loads(text)))


def of(content: Any) -> Document:
    """The document of its JSON; ValueError, one line, for what is none."""
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ValueError(f"it is no document of verdicts of schema {SCHEMA}")
    found: Document = kinds.of(Document, content, "")
    for group in found.groups:
        many = len(group.releases)
        for row in group.rows:
            columns = (row.values, row.low, row.high, row.codes)
            if {len(column or row.values) for column in columns} != {many}:
                raise ValueError(f"{row.label} has values of another number than {many} releases")
        if any(not 0 <= each < many for pair in group.pairs for each in (pair.base, pair.head)):
            raise ValueError(f"a pair of {group.machine} is of none of its {many} releases")
    return found


def committed(folder: Path = FOLDER) -> list[Document]:
    """Those of all targets, in the order of their names; ValueError for a broken file."""
    return [read(path) for path in sorted(folder.glob("*.json"))]
