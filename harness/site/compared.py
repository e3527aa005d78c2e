"""The rows of two releases as people read them, and the functions whose calls changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.check.known import Group, Judged, Row
from harness.check.report import SEVERITY
from harness.check.telling import parameter
from harness.common.numbers import change, number
from harness.site.moved import Moved

FUNCTIONS = 12
LOUD = SEVERITY[:4]
"""Functions that are shown; verdicts that are shown before the switch is turned."""


@dataclass(frozen=True)
class Line(Moved):
    """A row of the comparison. index: of the row in its group."""

    index: int

    @property
    def name(self) -> str:
        """What is measured, in words."""
        values = (parameter(*each) for each in self.row.params.items())
        return ": ".join(filter(None, [self.row.about, ", ".join(values)]))

    @property
    def address(self) -> str:
        return f"overview.html#row={quote(self.row.label)}"

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
    def in_words(self) -> str:
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
            found.append(Line(row, verdict, old, new, index))
    return sorted(found, key=lambda line: line.order)


def _quiet(row: Row, old: float | None, new: float | None, base: int, head: int) -> Judged:
    """What the document leaves out: what is the same, and what has no number."""
    if old is not None and new is not None:
        return Judged("same")
    words = (
        row.missing.get(str(at), "not run") for at, v in ((base, old), (head, new)) if v is None
    )
    return Judged("n/a", reason="; ".join(dict.fromkeys(words)))


def ranges(found: Sequence[Line]) -> str:
    """How many rows moved, and how far: from the smallest change to the largest."""
    parts = []
    for word, verdict in (("worse", "regression"), ("better", "improvement")):
        of = [each for each in found if each.judged.verdict == verdict]
        sizes = sorted((each.moved for each in of if each.moved is not None), key=abs)
        ends = list(dict.fromkeys(map(change, [*sizes[:1], *sizes[-1:]])))
        parts += [f"{len(of)} {word}" + f": {' to '.join(ends)}" * bool(ends)] if of else []
    return "; ".join(parts)


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
