"""Tables for people: as plain text that fits the page, and as Markdown."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from tabulate import tabulate  # type: ignore[import-untyped]

from harness.rendering.lines import WIDTH

NARROWEST = 16
"""Columns that a wrapped cell keeps, even where the table is then too wide."""

_GAP = 2  # between two columns of plain text
_VALUE = r"[+-]?[\d,.]+( ?(ns|µs|ms|s|B|kB|MB|GB|%|x|RPS))?(/s)?"
_FIGURE = re.compile(rf"(n/a|-|(net )?from 0|(net )?{_VALUE}( \([^()]*\)| to {_VALUE})?)?")


def is_figure(text: str) -> bool:
    """Whether it is a number, with a unit, an interval, or none at all."""
    return _FIGURE.fullmatch(text) is not None


def plain(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of at most WIDTH columns: figures to the right, wide text wrapped."""
    kept = [list(row) for row in rows]
    right = _right(head, kept)
    widths = _widths(head, kept, right) if kept else []
    table: str = tabulate(
        [list(map(_wrapped, row, widths)) for row in kept],
        head,
        disable_numparse=True,
        colalign=["right" if each else "left" for each in right] if kept else None,
        preserve_whitespace=True,
    )
    return "\n".join(line.rstrip() for line in table.splitlines())


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


def _wrapped(cell: str, width: int | None) -> str:
    """Where tabulate itself wraps it takes 1,234 for a number, and then cannot read it."""
    if width is None:
        return cell
    return "\n".join(textwrap.fill(line, width) for line in cell.split("\n"))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _right(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[bool]:
    """Which columns hold nothing but figures."""
    return [
        all(is_figure(line) for row in rows for line in row[at].split("\n"))
        for at in range(len(head))
    ]


def _widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]
) -> list[int | None]:
    """Widths to which columns of text are wrapped, the widest first; None: as it is.

    Between words as long as that is enough, then within them.
    """
    columns = [[line for row in rows for line in row[at].split("\n")] for at in range(len(head))]
    # tabulate leaves two blanks beside the names of the columns
    widths = [max(len(name) + 2, *map(len, each)) for name, each in zip(head, columns, strict=True)]
    words = [max(len(word) for line in each for word in line.split() or [""]) for each in columns]
    kept = list(widths)
    for narrowest in ([max(NARROWEST, each) for each in words], [NARROWEST] * len(head)):
        while sum(kept) + _GAP * (len(kept) - 1) > WIDTH:
            text = [at for at in range(len(kept)) if not right[at] and kept[at] > narrowest[at]]
            if not text:
                break
            kept[max(text, key=kept.__getitem__)] -= 1
    return [new if new < old else None for new, old in zip(kept, widths, strict=True)]
