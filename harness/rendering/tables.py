"""Tables for people: as plain text that fits the page, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tabulate import tabulate  # type: ignore[import-untyped]

WIDTH = 120
"""Columns that a line of plain text may take."""

NARROWEST = 20
"""Columns that a wrapped cell keeps, even where the table is then too wide."""

_GAP = 2  # between two columns of plain text
_FIGURE = re.compile(
    r"(n/a|-|was 0|from 0|[+-]?[\d,.]+([eE][+-]?\d+)?( ?(ns|µs|ms|s|B|kB|MB|GB|%|x))?(/s)?"
    r"( \([^()]*\))?)?"
)


def plain(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of at most WIDTH columns: figures to the right, wide text wrapped."""
    kept = [list(row) for row in rows]
    right = _right(head, kept)
    told: str = tabulate(
        kept,
        head,
        disable_numparse=True,
        colalign=["right" if each else "left" for each in right] if kept else None,
        maxcolwidths=_widths(head, kept, right) if kept else None,
        preserve_whitespace=True,
    )
    return "\n".join(line.rstrip() for line in told.splitlines())


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table and an empty one; none at all where there are no rows.

    Cells are not padded, so that one changed figure changes one line of a kept page.
    """
    kept = [[cell.replace("|", "\\|").replace("\n", "<br>") for cell in row] for row in rows]
    if not kept:
        return []
    right = _right(head, kept)
    rule = "|" + "".join("---:|" if each else "---|" for each in right)
    return [_line(head), rule, *map(_line, kept), ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _right(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns hold nothing but figures."""
    return [
        all(_FIGURE.fullmatch(line) for row in rows for line in row[at].split("\n"))
        for at in range(len(head))
    ]


def _widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]
) -> list[int | None]:
    """Widths to which columns of text are wrapped, the widest first; None: as it is."""
    widths = [
        max(len(line) for row in (head, *rows) for line in row[at].split("\n"))
        for at in range(len(head))
    ]
    text = [at for at, figures in enumerate(right) if not figures]
    wrapped = set()
    while sum(widths) + _GAP * (len(widths) - 1) > WIDTH and text:
        widest = max(text, key=lambda at: widths[at])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
        wrapped.add(widest)
    return [widths[at] if at in wrapped else None for at in range(len(widths))]
