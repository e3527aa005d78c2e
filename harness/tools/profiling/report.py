"""A profile for people: as text, and as one HTML page with icicle graphs that opens offline."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Template

from harness.common.numbers import number, quantity
from harness.rendering import pages
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.profiling.compare import calls
from harness.tools.profiling.document import Document, Row, section, theirs

HERE = Path(__file__).parent
TOP = 15
WIDEST = 66

UNITS = {"own": "seconds", "cumulative": "seconds", "share": "share", "bytes": "bytes"}
"""By field of a row."""


def text(document: Document, top: int = TOP) -> str:
    """The whole report; `top` rows a table."""
    template = Template(
        (HERE / "report.txt").read_text(encoding="utf-8"), trim_blocks=True, lstrip_blocks=True
    )
    rendered = template.render(
        document=document,
        title=title(document),
        time=document["time"],
        advice=document["recommendations"],
        against=document.get("against"),
        calls=calls,
        table=partial(_table, top),
        theirs=theirs,
        number=number,
        **{unit: partial(quantity, unit=unit) for unit in ("seconds", "share", "bytes")},
    )
    lines = "\n".join(line.rstrip() for line in rendered.splitlines())
    return wrap(re.sub(r"\n{3,}", "\n\n", lines).strip()) + "\n"


def page(document: Document, report: str) -> str:
    """The page; `report` is the profile as text, which stands below the graphs."""
    found = {kind: section(document, kind) for kind in ("sampling", "cpu")}
    return pages.page(
        HERE / "page.html",
        {kind: each["tree"] for kind, each in found.items() if each},
        (*pages.NUMBERS, HERE / "icicle.js"),
        title=title(document),
        advice=document["recommendations"],
        report=report,
    )


def title(document: Document) -> str:
    """One line: what was profiled."""
    about = document["about"]
    what = f"{about['package'] or about['runtime']} {about['version']}".strip()
    return f"{what}: {about['scenario']}, {about['entry']}, Python {about['python']}"


def _table(
    top: int,
    rows: Sequence[Row],
    heading: str = "",
    *,
    whole: float = 0.0,
    all: bool = False,
    unit: str = "",
    **columns: str,
) -> str:
    """The first `top` rows, or all; nothing without any.

    columns: heading by field. whole: seconds that `share` is of, where rows have none. unit: of
    fields that are not in UNITS.
    """
    shown = rows if all else rows[:top]
    cells = [
        [_cell(row, field, UNITS.get(field, unit), whole or 1.0) for field in columns]
        for row in shown
    ]
    more = f"\n... and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    table = plain(list(columns.values()), cells)
    return f"{heading}\n{table}{more}" if rows else ""


def _cell(row: Row, field: str, unit: str, whole: float) -> str:
    if field == "share" and field not in row:
        return quantity(row["own"] / whole, unit)
    if field == "increment_mib":
        return quantity(row[field] * 2**20, "bytes")
    value: Any = row[field]
    if field == "line" or isinstance(value, str):
        # Of a function, the end of the path says more than its beginning.
        wide = field == "function" and len(value) > WIDEST
        return f"{value[:30]}...{value[33 - WIDEST :]}" if wide else str(value)
    return quantity(value, unit)
