"""One figure of one framework beside the floor's, with its grade, or why there is none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.check.where import adapter_says
from harness.common.numbers import quantity
from harness.results.figures import Figure
from harness.results.result import FLOOR, Result
from harness.results.series import Series
from harness.site.report.columns import Column

NOT_MEASURED = "not measured"
ENTRIES = ("asyncio", "threads")
"""The first one that a framework has is compared."""


@dataclass(frozen=True)
class Cell:
    """grade: "exact", "99 % interval", "best of processes" or "one value"; why: no figure."""

    unit: str = ""
    grade: str = ""
    figure: Figure | None = None
    floor: Figure | None = None
    entry: str = ""
    release: str = ""
    why: str = NOT_MEASURED

    @property
    def document(self) -> dict[str, Any]:
        """For machines."""
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
    """A target. exact, timed: its results for figures that any machine gives, and for others."""

    name: str
    project: str
    exact: Series | None
    timed: Series | None

    @property
    def newest(self) -> Result:
        """The newest release that was measured at all."""
        return max((each.newest for each in self._series), key=lambda each: each.order)

    @property
    def _series(self) -> list[Series]:
        return [each for each in (self.exact, self.timed) if each]

    @property
    def says(self) -> str:
        """What its adapter says of itself: how it is used, and what differs of necessity."""
        return adapter_says(self._series[0].runtime)

    def cell(self, column: Column) -> Cell:
        """The figure of a column, from the results that are best for its grade."""
        found = [Cell()]
        for series in self._ordered(column.benchmark):
            for entry in ENTRIES:
                found.append(_cell(series, column, entry))
                if found[-1].figure:
                    return found[-1]
        return next((each for each in found if each.why != NOT_MEASURED), Cell())

    def _ordered(self, benchmark: str) -> list[Series]:
        first = [each for each in self._series if _grade(each.benchmarks.get(benchmark)) == "exact"]
        return first if first else self._series[::-1]


def framework(name: str, project: str, found: Sequence[Series]) -> Framework:
    """Of the series of a target those that have the most releases with numbers."""

    def longest(exact: bool) -> Series | None:
        own = [each for each in found if each.is_exact == exact and each.newest.has_numbers]
        return max(own, key=lambda each: len(each.releases), default=None)

    return Framework(name, project, longest(True), longest(False))


def _grade(about: Mapping[str, Any] | None) -> str:
    if about is None:
        return ""
    if about.get("exact"):
        return "exact"
    if about.get("grade") == "counts":
        return "best of processes"
    return "99 % interval" if about["type"] == "track" or about["type"] == "time" else "one value"


def _cell(series: Series, column: Column, entry: str) -> Cell:
    """In the newest release of a series."""
    about, release = series.benchmarks.get(column.benchmark), series.newest
    if about is None or column.benchmark not in release.asv.get_result_keys(series.benchmarks):
        return Cell()
    names = about["param_names"]
    own = _difference(release, names, column, series.runtime, entry)
    if own is None:
        params = _params(names, column.of, series.runtime, entry)
        why = release.reason(column.benchmark, tuple(map(repr, params)))
        return Cell(why=why or NOT_MEASURED)
    return Cell(
        unit=about["unit"],
        grade=_grade(about),
        figure=own,
        floor=_difference(release, names, column, FLOOR, entry) if "runtime" in names else None,
        entry=entry if "entry" in names else "",
        release=release.name,
        why="",
    )


def _params(
    names: Sequence[str], of: Mapping[str, object], runtime: str, entry: str
) -> tuple[object, ...]:
    values = {"runtime": runtime, "entry": entry, **of}
    return tuple(values.get(name) for name in names)


def _difference(
    release: Result, names: Sequence[str], column: Column, runtime: str, entry: str
) -> Figure | None:
    """The figure, or what is left of it when another is taken off: then without an interval."""
    found = release.get(column.benchmark, *_params(names, column.of, runtime, entry))
    if not (found and column.less):
        return found
    less = release.get(column.benchmark, *_params(names, column.less, runtime, entry))
    return less and Figure((found.value - less.value) / column.over)


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
