"""Writes a target's page, `overview.html`: what its newest release changed, and all histories.

It judges nothing: all of it is in the document of `known`.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.check.known import Document
from harness.common import files
from harness.rendering import pages
from harness.rendering.tables import markdown
from harness.site.overview_commands import commands
from harness.site.overview_rows import CHANGED
from harness.site.overview_sections import KINDS, WORDS, Changes, Section, sections
from harness.site.published import OVERVIEW_PAGE

HERE = Path(__file__).parent

SHOWN = {"shown": 25, "released": 12, "steps_shown": 4, "packages_shown": 6, "many": 14}
"""Rows of a section and of a release, changes of a row, and packages, before the rest is behind a
switch; releases whose names are written from left to right."""


def write_overview(site: Path, of: Document) -> None:
    """Write the page and its Markdown twin into `site`."""
    every = sections(of)
    values: dict[str, Any] = {"of": of, "sections": every, "main": every[0], "alarms": alarms(of)}
    page = pages.page(
        HERE / OVERVIEW_PAGE,
        scripts=[HERE / "overview.js"],
        commands=partial(commands, of),
        **SHOWN,
        **values,
    )
    twin = pages.markdown_page(
        HERE / "overview.md", grades=_grades, releases=_releases, changes=_changes, **values
    )
    files.write(site / OVERVIEW_PAGE, page)
    files.write(site / "overview.md", twin)


def alarms(of: Document) -> str:
    """How often the rule that judges is wrong, in words."""
    exact = "What is exact repeats to the digit on identical code."
    if not (known := of.false_alarms):
        return exact
    return (
        f"{exact} In {known.pairs} comparisons of identical code, rows with noise included, this"
        f" rule raised a false alarm in {known.with_alarm}"
        f" ({known.alarms:,} of {known.rows:,} rows)."
    )


def _grades(section: Section) -> str:
    rows = ([name, *(str(of[kind]) for kind in KINDS), text] for name, text, of in section.grades)
    head = ["grade", "worse", "better", "no verdict", "same", WORDS["lost"], "what it is"]
    return _table(head, rows)


def _releases(section: Section) -> str:
    rows = (
        [
            cell.release.title,
            cell.release.date[:10],
            *(str(cell.counts[way]) if cell.pair else "-" for way in WORDS),
            "; ".join(cell.release.invalid),
        ]
        for cell in reversed(section.cells)
    )
    return _table(["release", "date", *WORDS.values(), "invalid"], rows)


def _changes(changes: Changes, section: Section) -> str:
    rows = (
        [
            CHANGED[step.judged.verdict],
            section.releases[step.pair.head].title,
            f"{line.row.about}: `{line.row.label}`",
            step.in_words,
            step.change,
            step.beyond,
        ]
        for line, step in changes
    )
    return _table(["verdict", "in", "row", "before → after", "change", "times threshold"], rows)


def _table(head: Sequence[str], rows: Any) -> str:
    return "\n".join(markdown(head, rows)).rstrip()
