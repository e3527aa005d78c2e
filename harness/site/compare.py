"""Writes `compare.html`: any two releases of a target, chosen in the page or in its address.

Without scripts it is the newest release against the one before it. `compare.js` writes the same
rows for any two: with the verdicts of `check` where the document has the pair, else as
`known.Group.judged` has them.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.check.known import Document, Group, Judged, Pair, Row
from harness.check.report import SEVERITY
from harness.check.telling import relative_change
from harness.common import files
from harness.common.numbers import NONE, SCALES, SUFFIXES, change, number, quantity
from harness.rendering import pages
from harness.results.result import package_changes

COMPARE_PAGE = "compare.html"
HERE = Path(__file__).parent
SCRIPTS = (
    *pages.NUMBERS,
    *pages.TABLES,
    *(HERE / f"{name}.js" for name in ("verdicts", "compare", "upgrade")),
)
FUNCTIONS = 12
LOUD = SEVERITY[:4]
"""Verdicts that are shown before the switch is turned."""


@dataclass(frozen=True)
class Line:
    """A row of the comparison. index: of the row in its group; old, new: its values."""

    index: int
    row: Row
    judged: Judged
    old: float | None
    new: float | None

    @property
    def name(self) -> str:
        """What is measured, in words."""
        values = (_parameter(*each) for each in self.row.params.items())
        return ": ".join(filter(None, [self.row.about, ", ".join(values)]))

    @property
    def address(self) -> str:
        """Of its history."""
        return f"overview.html#row={quote(self.row.label)}"

    @property
    def unit(self) -> str:
        """What `quantity` leaves to the heading."""
        is_told = self.row.unit in SCALES or self.row.unit in SUFFIXES
        return "" if is_told or not self.row.unit else f" {self.row.unit}"

    @property
    def sides(self) -> list[str]:
        """Both values, in words."""
        both = (self.old, self.new)
        return [NONE if v is None else quantity(v, self.row.unit) + self.unit for v in both]

    @property
    def moved(self) -> float | None:
        """The relative change; None from zero, and without a number on one side."""
        if self.judged.change is not None or self.old is None or self.new is None:
            return self.judged.change
        relative = relative_change(self.old, self.new)
        return relative if math.isfinite(relative) else None

    @property
    def factor(self) -> float | None:
        """How many thresholds that is."""
        return None if self.moved is None else abs(self.moved) / self.row.threshold

    @property
    def change(self) -> str:
        """How far it moved: in per cent, or from zero."""
        if self.moved is None:
            return "" if self.old is None or self.new is None else "from 0"
        return change(self.moved)

    @property
    def interval(self) -> str:
        """The 99 % interval of the change; "" where there is none."""
        low, high = self.judged.low, self.judged.high
        return "" if low is None or high is None else f"{change(low)} to {change(high)}"

    @property
    def beyond(self) -> str:
        """The factor, in words."""
        return quantity(self.factor, "times") if self.factor else ""

    @property
    def order(self) -> tuple[int, float, str]:
        """The most severe first, then the furthest beyond its threshold; from zero is furthest."""
        far = float("inf") if self.change == "from 0" else self.factor or 0.0
        return SEVERITY.index(self.judged.verdict), -far, self.row.label


@dataclass(frozen=True)
class Function:
    """One whose calls changed; in the row where they changed most, and in how many rows."""

    name: str
    old: int
    new: int
    row: str
    rows: int

    @property
    def told(self) -> str:
        """Its calls before and after, in words."""
        return f"{self.name}, {number(self.old)} → {number(self.new)}"


def lines(group: Group, base: int, head: int) -> list[Line]:
    """All rows of the framework in two releases, by number, the most severe first."""
    judged = group.judged(base, head)
    found = []
    for index, row in enumerate(group.rows):
        if row.judged:
            old, new = row.values[base], row.values[head]
            verdict = judged.get(index) or _quiet(row, old, new, base, head)
            found.append(Line(index, row, verdict, old, new))
    return sorted(found, key=lambda line: line.order)


def _quiet(row: Row, old: float | None, new: float | None, base: int, head: int) -> Judged:
    """What the document leaves out: what is the same, and what has no number."""
    if old is not None and new is not None:
        return Judged("same")
    told = (
        row.missing.get(str(at), "not run") for at, v in ((base, old), (head, new)) if v is None
    )
    return Judged("n/a", reason="; ".join(dict.fromkeys(told)))


def functions(found: Iterable[Line]) -> list[Function]:
    """Those whose calls changed most, each with its largest change."""
    most: dict[str, Function] = {}
    for line in found:
        for name, old, new in line.judged.functions:
            known = most.get(name)
            rows = known.rows + 1 if known else 1
            if known and abs(known.new - known.old) >= abs(new - old):
                old, new, row = known.old, known.new, known.row
            else:
                row = line.name
            most[name] = Function(name, old, new, row, rows)
    ordered = sorted(most.values(), key=lambda each: (-abs(each.new - each.old), each.name))
    return ordered[:FUNCTIONS]


def write_compare_page(site: Path, of: Document) -> None:
    """Write the page into `site`."""
    group = of.groups[0]
    pair = group.before(len(group.releases) - 1)
    found = lines(group, pair.base, pair.head) if pair else []
    page = pages.page(
        HERE / COMPARE_PAGE,
        data=_data(of),
        scripts=SCRIPTS,
        of=of,
        group=group,
        pair=pair,
        worst=found[0].judged.verdict if found else "",
        lines=found,
        where=_where(group),
        remarks=_remarks(pair) if pair else [],
        functions=functions(found),
        packages=_packages(group, pair) if pair else None,
        command=_command(of, group, pair) if pair else f"python -m harness check{_config(of)}",
        severity=SEVERITY,
    )
    files.write(site / COMPARE_PAGE, page)


def _where(group: Group) -> str:
    return f"{group.machine}, Python {group.python}"


def _remarks(pair: Pair) -> list[str]:
    """What is to be known before the rows."""
    told = [*(f"invalid: {each}" for each in pair.invalid), *pair.notes]
    if pair.unmeasured:
        told.append(f"{pair.unmeasured} releases between the two were not measured")
    return told


def _packages(group: Group, pair: Pair) -> list[str] | None:
    """What was installed otherwise; None where that was not kept."""
    old, new = (group.releases[at].installed for at in (pair.base, pair.head))
    return package_changes(old, new) if old and new else None


def _command(of: Document, group: Group, pair: Pair) -> str:
    titles = (group.releases[at].title for at in (pair.base, pair.head))
    return f"python -m harness check {' '.join(titles)}{_config(of)}{_machine(of, group)}"


def _config(of: Document) -> str:
    return "" if of.config == "asv.conf.json" else f" --config {of.config}"


def _machine(of: Document, group: Group) -> str:
    """What says which results are meant, where there are others."""
    if len(of.groups) == 1:
        return ""
    beside = [each for each in of.groups if each.machine == group.machine]
    return f" --machine {group.machine}" + f" --env {group.environment}" * (len(beside) > 1)


def _parameter(name: str, value: str) -> str:
    bare = value.strip("'\"")
    return bare if bare != value else f"{name.replace('_', ' ')} {value}"


def _data(of: Document) -> dict[str, Any]:
    """What the scripts need of a document, with the words that are the same for any two."""
    return {
        "project": of.project,
        "package": of.package,
        "check": f"python -m harness check BASE HEAD{_config(of)}",
        "severity": SEVERITY,
        "loud": LOUD,
        "functions": FUNCTIONS,
        "groups": [
            {
                "machine": each.machine,
                "environment": each.environment,
                "where": _where(each),
                "named": _machine(of, each),
                "releases": [asdict(release) for release in each.releases],
                "rows": [_row(row) if row.judged else None for row in each.rows],
                "pairs": [asdict(pair) for pair in each.pairs],
            }
            for each in of.groups
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    line = Line(0, row, Judged("same"), None, None)
    kept = ("label", "benchmark", "grade", "unit", "exact", "threshold", "values", "missing")
    return {key: getattr(row, key) for key in kept} | {"name": line.name, "told": line.unit}
