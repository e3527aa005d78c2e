"""Frameworks side by side, of which a page, a Markdown page and a terminal's table are made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.check.known import Document
from harness.check.telling import figure
from harness.common.numbers import NONE
from harness.results.figures import FLOOR
from harness.site.report.cells import NOT_MEASURED, Cell, Framework, floors, reasons
from harness.site.report.columns import SECTIONS, Column


@dataclass(frozen=True)
class Section:
    """Some questions to all frameworks: a row of cells for each of them, a column a question."""

    title: str
    about: str
    columns: Sequence[Column]
    frameworks: Sequence[Framework]

    @cached_property
    def rows(self) -> list[list[Cell]]:
        return [[each.cell(column) for column in self.columns] for each in self.frameworks]

    @property
    def named(self) -> list[tuple[Framework, list[Cell]]]:
        """The rows with what each is about."""
        return list(zip(self.frameworks, self.rows, strict=True))

    @property
    def floors(self) -> list[str]:
        return [floors(of) for of in zip(*self.rows, strict=True)]

    @property
    def head(self) -> list[str]:
        return ["", *(column.title for column in self.columns)]

    @property
    def table(self) -> list[list[str]]:
        """Rows of text, the floor's first."""
        own = [
            [name(each, cells), *(shown(each, cells, cell) for cell in cells)]
            for each, cells in self.named
        ]
        return [[FLOOR, *self.floors], *own]

    @property
    def notes(self) -> list[str]:
        """The grade of each column, and why figures are n/a."""
        grades: dict[str, list[str]] = {}
        for column, of in zip(self.columns, zip(*self.rows, strict=True), strict=True):
            grade = next((each.grade for each in of if each.grade), NOT_MEASURED)
            grades.setdefault(grade, []).append(column.title)
        every = [
            (each.project, column.title, cell)
            for each, cells in self.named
            for column, cell in zip(self.columns, cells, strict=True)
        ]
        notes = [f"{grade}: {', '.join(titles)}" for grade, titles in grades.items()]
        return notes + [f"{NONE}: {line}" for line in reasons(every)]


def sections(known: Iterable[Document]) -> list[Section]:
    """All questions to all frameworks, these in the order of their names."""
    found = sorted(map(Framework, known), key=lambda each: each.project.lower())
    return [Section(title, *of, found) for title, of in SECTIONS.items()]


def name(of: Framework, cells: Sequence[Cell]) -> str:
    """A framework with its release, and with what is of threads."""
    return f"{of.project} {of.newest.title}" + ", in threads" * (_entries(cells) == {"threads"})


def shown(of: Framework, cells: Sequence[Cell], cell: Cell) -> str:
    """A figure, with what is of threads or of an older release, if that differs in its row."""
    if cell.figure is None:
        return "-" if cell.why == NOT_MEASURED else NONE
    where = ["in threads"] if cell.entry == "threads" and len(_entries(cells)) > 1 else []
    where += [f"of {cell.release}"] if cell.release != of.newest.title else []
    return " ".join([figure(cell.figure, cell.unit), *where])


def _entries(cells: Sequence[Cell]) -> set[str]:
    return {cell.entry for cell in cells if cell.figure and cell.entry}
