"""The verb `frameworks`: all frameworks side by side, each at its newest measured release.

JSON, keys that stay: `schema` (1) and `frameworks`, each `name`, `project`, `release`, `date`,
`says` (its adapter) and `figures`, by section and column: `value` or null, `interval` (two numbers,
null where there is none), `floor` (beside it), `unit`, `grade`, `entry`, `release`, `why` (null).
"""

import argparse
from pathlib import Path

from harness.check.report import figure
from harness.common import options
from harness.common.numbers import NONE
from harness.rendering.lines import wrap
from harness.rendering.pages import markdown_page
from harness.rendering.tables import markdown, plain
from harness.results.result import FLOOR
from harness.results.series import read
from harness.results.target import BadInput, configurations
from harness.site.report.cells import NOT_MEASURED, Cell, Framework, floors, framework, reasons
from harness.site.report.columns import SECTIONS, Column

Row = list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `frameworks`."""
    parser.add_argument(
        "--target", action="append", default=[], metavar="T", help="only this one; may be repeated"
    )
    options.add_outputs(parser, json="all figures", markdown="the page, such as docs/frameworks.md")
    parser.set_defaults(run=_frameworks)


def _frameworks(arguments: argparse.Namespace) -> None:
    outputs = options.Outputs(arguments)
    found = frameworks(configurations(arguments.target))
    for section, (about, columns) in SECTIONS.items():
        head, rows, notes = table(found, columns)
        lines = [wrap(f"{section}. {about}"), "", plain(head, rows), "", *map(wrap, notes), ""]
        print("\n".join(lines), file=outputs.people)
    outputs.write(json=lambda: as_json(found), markdown=lambda: page(found))


def frameworks(configs: dict[str, Path]) -> list[Framework]:
    """Those that have results, in the order of their names; BadInput where none has."""
    found = []
    for name, config in configs.items():
        try:
            one = framework(name, *read(config))
        except BadInput:
            continue
        if one.exact or one.timed:
            found.append(one)
    if not found:
        raise BadInput("no results of any target: begin with make survey")
    return sorted(found, key=lambda each: each.project.lower())


def table(found: list[Framework], columns: tuple[Column, ...]) -> tuple[Row, list[Row], Row]:
    """A section: its head; a row a framework, and one of the floor; the grade of each column, and
    why figures are n/a."""
    cells = [[each.cell(column) for column in columns] for each in found]
    by_column = list(zip(*cells, strict=True))
    grades: dict[str, list[str]] = {}
    for column, of in zip(columns, by_column, strict=True):
        grade = next((each.grade for each in of if each.grade), NOT_MEASURED)
        grades.setdefault(grade, []).append(column.title)
    rows = [_row(each, of) for each, of in zip(found, cells, strict=True)]
    named = [
        (each.project, column.title, cell)
        for each, of in zip(found, cells, strict=True)
        for column, cell in zip(columns, of, strict=True)
    ]
    rows.append([FLOOR, *map(floors, by_column)])
    notes = [f"{grade}: {', '.join(titles)}" for grade, titles in grades.items()]
    notes += [f"n/a: {line}" for line in reasons(named)]
    return ["", *(column.title for column in columns)], rows, notes


def _row(of: Framework, cells: list[Cell]) -> Row:
    """Its name and its cells; with what is of threads, or of an older release, if that differs."""
    entries = {cell.entry for cell in cells if cell.figure and cell.entry}
    name = f"{of.project} {of.newest.name}" + ", in threads" * (entries == {"threads"})
    row = [name]
    for cell in cells:
        if cell.figure is None:
            row.append("-" if cell.why == NOT_MEASURED else NONE)
            continue
        where = ["in threads"] if cell.entry == "threads" and len(entries) > 1 else []
        where += [f"of {cell.release}"] if cell.release != of.newest.name else []
        row.append(" ".join([figure(cell.figure, cell.unit), *where]))
    return row


def page(found: list[Framework]) -> str:
    """The Markdown page."""
    sections = {}
    for section, (about, columns) in SECTIONS.items():
        head, rows, notes = table(found, columns)
        sections[section] = about, "\n".join(markdown(head, rows)), notes
    return markdown_page(Path(__file__).with_name("frameworks.md"), sections=sections, found=found)


def as_json(found: list[Framework]) -> str:
    """All figures; see above."""
    return options.as_json(
        {
            "schema": 1,
            "frameworks": [
                {
                    "name": each.name,
                    "project": each.project,
                    "release": each.newest.name,
                    "date": f"{each.newest.date:%Y-%m-%d}",
                    "says": each.says,
                    "figures": {
                        section: {column.title: each.cell(column).document for column in columns}
                        for section, (_, columns) in SECTIONS.items()
                    },
                }
                for each in found
            ],
        }
    )
