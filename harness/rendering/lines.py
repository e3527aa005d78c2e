"""Lines for people that fit the page; standard library only."""

from __future__ import annotations

import textwrap

WIDTH = 120
"""Columns that a line of plain text may take."""


def wrap(text: str) -> str:
    """Lines of at most WIDTH columns, where there are blanks to break at; what follows indented."""
    return "\n".join(map(_wrapped, text.split("\n")))


def _wrapped(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    indent = line[: len(line) - len(line.lstrip())] + "  "
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
