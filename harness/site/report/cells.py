"""One figure of one framework beside the floor's, with its grade, or why there is none."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.check import adapters
from harness.check.known import Document, Group, Release, Row
from harness.common.numbers import quantity
from harness.results.figures import NOT_AVAILABLE, Figure
from harness.site.report.columns import Column

NOT_MEASURED = "not measured"
ENTRIES = ("asyncio", "threads")
"""The first one that a framework has is compared."""


@dataclass(frozen=True)
class Cell:
    """grade: "exact", "99 % interval", "best of processes" or "one value"; row: the label of the
    figure's history; why: no figure."""

    unit: str = ""
    grade: str = ""
    figure: Figure | None = None
    floor: Figure | None = None
    entry: str = ""
    release: str = ""
    row: str = ""
    why: str = NOT_MEASURED

    @property
    def document(self) -> dict[str, Any]:
        found = self.figure
        return {
            "value": found and found.value,
            "interval": found and [found.low, found.high],
            "floor": self.floor and self.floor.value,
            "unit": self.unit,
            "grade": self.grade,
            "entry": self.entry,
            "release": self.release,
            "why": self.why or None,
        }


@dataclass(frozen=True)
class Framework:
    """What is known of a target, of which each figure is shown of the group best for its grade."""

    known: Document

    @property
    def project(self) -> str:
        return self.known.project

    @property
    def newest(self) -> Release:
        """The newest release that was measured at all."""
        return max((of.releases[-1] for of in self._groups), key=lambda each: each.date)

    @cached_property
    def _groups(self) -> list[Group]:
        """That of exact figures and that of timed ones, each with the most releases."""
        kept: dict[bool, Group] = {}
        for group in self.known.groups:
            longest = kept.setdefault(group.exact, group)
            if len(group.releases) > len(longest.releases):
                kept[group.exact] = group
        return [kept[is_exact] for is_exact in (True, False) if is_exact in kept]

    @cached_property
    def _rows(self) -> list[Mapping[str, list[Row]]]:
        """The rows of each group by benchmark, without those of floors and controls."""
        found: list[Mapping[str, list[Row]]] = []
        for group in self._groups:
            by_benchmark: defaultdict[str, list[Row]] = defaultdict(list)
            for row in filter(lambda row: row.judged, group.rows):
                by_benchmark[row.benchmark].append(row)
            found.append(by_benchmark)
        return found

    @property
    def says(self) -> str:
        """What its adapter says of itself: how it is used, and what differs of necessity."""
        return adapters.says(self.known.runtime)

    def cell(self, column: Column) -> Cell:
        """The figure of a column in the newest release of a group."""
        found = [Cell()]
        groups = list(zip(self._groups, self._rows, strict=True))
        if not any(row.exact for _, rows in groups for row in rows.get(column.benchmark, ())):
            groups.reverse()
        for group, rows in groups:
            for entry in ENTRIES:
                found.append(_cell(group, rows.get(column.benchmark, ()), column, entry))
                if found[-1].figure:
                    return found[-1]
        return next((each for each in found if each.why != NOT_MEASURED), Cell())


def _cell(group: Group, rows: Sequence[Row], column: Column, entry: str) -> Cell:
    of, less = (_find(rows, {"entry": entry, **each}) for each in (column.of, column.less))
    if of is None:
        return Cell()
    own = _difference(of, less, column)
    floor = _difference(_floor(group, of), _floor(group, less), column)
    last = len(group.releases) - 1
    if own is None:
        why = of.missing.get(str(last), NOT_MEASURED).removeprefix(f"{NOT_AVAILABLE}: ")
        return Cell(why=why)
    return Cell(
        unit=of.unit,
        grade=_grade(of),
        figure=own,
        floor=floor,
        entry=entry if "entry" in of.params else "",
        release=group.releases[last].title,
        row=of.label,
        why="",
    )


def _find(rows: Sequence[Row], of: Mapping[str, object]) -> Row | None:
    wanted = {name: repr(value) for name, value in of.items()}.items()
    return next((row for row in rows if row.params.items() <= wanted), None)


def _floor(group: Group, row: Row | None) -> Row | None:
    return None if row is None or row.floor is None else group.rows[row.floor]


def _difference(of: Row | None, less: Row | None, column: Column) -> Figure | None:
    """The figure, or what is left of it when another is taken off: then without an interval."""
    found = _figure(of)
    if found is None or not column.less:
        return found
    other = _figure(less)
    return other and Figure((found.value - other.value) / column.over)


def _figure(row: Row | None) -> Figure | None:
    """That of the newest release."""
    if row is None:
        return None
    (value, low, high) = (each[-1] if each else None for each in (row.values, row.low, row.high))
    return None if value is None else Figure(value, low, high)


def _grade(row: Row) -> str:
    if row.exact:
        return "best of processes" if row.best else "exact"
    return "99 % interval" if any(each is not None for each in row.low) else "one value"


def floors(cells: Sequence[Cell]) -> str:
    """The floor beside these cells: one figure, or the least and the greatest."""
    kept = [each.floor.value for each in cells if each.floor]
    unit = next((each.unit for each in cells if each.floor), "")
    shown = dict.fromkeys(quantity(value, unit) for value in (min(kept), max(kept))) if kept else {}
    return " to ".join(shown) or "-"


def reasons(cells: Sequence[tuple[str, str, Cell]]) -> Iterator[str]:
    """Why figures are n/a: a line a reason, with the frameworks and columns that it is about."""
    about: dict[str, dict[str, list[str]]] = {}
    for name, column, cell in cells:
        if cell.figure is None and cell.why != NOT_MEASURED:
            about.setdefault(cell.why, {}).setdefault(name, []).append(column)
    for why, by_name in about.items():
        yield "; ".join(f"{name} ({', '.join(of)})" for name, of in by_name.items()) + f": {why}"
