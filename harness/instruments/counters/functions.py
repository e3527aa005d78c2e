"""Counts by function, kept beside results: not only *that* a count grew, but *where*.

A table is {label of the cell: {function: events of one run}}. Benchmarks append it to a spool, a
file of JSON lines in the folder HARNESS_SIDECAR; `harness.history` makes a file of that: gzipped
JSON, {"cells": [label, ...], "functions": {function: [events by cell, ...]}}. By function, because
cells have most functions in common: the file is a tenth as large, so none needs to be left out.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.common import files

FOLDER = "HARNESS_SIDECAR"
SPOOL = "functions.jsonl"
SUFFIX = ".functions.gz"

Table = dict[str, dict[str, int]]


class Unreadable(ValueError):
    """A file of functions that is missing or broken; the message says which."""


class Located(dict[str, float]):
    """Figures that also know where they come from: `functions`, events by function."""

    def __init__(self, figures: Mapping[str, float], functions: Counter[str]) -> None:
        super().__init__(figures)
        self.functions = functions


def entry(figures: Mapping[str, float]) -> dict[str, object]:
    """What a worker's entry says beside the figures: the functions, if they are located."""
    if not isinstance(figures, Located):
        return {}
    return {"functions": {name: number for name, number in figures.functions.items() if number}}


def keep(labels: Sequence[str], entries: Sequence[Mapping[str, object]]) -> None:
    """Append the functions of these cells to the spool, where HARNESS_SIDECAR names a folder."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    with open(Path(folder, SPOOL), "a", encoding="utf-8") as spool:
        for label, each in zip(labels, entries, strict=True):
            if "functions" in each:
                spool.write(json.dumps([label, each["functions"]]) + "\n")


def read(path: str | Path) -> Table:
    """The table of a file; Unreadable where it is missing or broken."""
    try:
        content = json.loads(gzip.decompress(Path(path).read_bytes()))
        table: Table = {label: {} for label in content["cells"]}
        for name, row in content["functions"].items():
            for functions, events in zip(table.values(), row, strict=True):
                if events:
                    functions[name] = events
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        AttributeError,
        KeyError,
        TypeError,
    ) as error:
        raise Unreadable(f"{path}: {' '.join(str(error).split())}") from None
    return table


def write(path: str | Path, table: Table) -> None:
    """Write a file, whole or not at all; the same table gives the same bytes."""
    cells = sorted(table)
    names = sorted({name for functions in table.values() for name in functions})
    rows = {name: [table[label].get(name, 0) for label in cells] for name in names}
    text = json.dumps({"cells": cells, "functions": rows}, separators=(",", ":"))
    files.write(path, gzip.compress(text.encode(), mtime=0))


def grown(
    base: str | Path, head: str | Path, label: str, top: int = 5
) -> list[tuple[str, int, int]]:
    """Functions whose events of one run grew most from base to head: (function, old, new).

    Most first; fewer than `top`, or none, where fewer grew or a file does not have the cell.
    Raises Unreadable.
    """
    before, after = read(base).get(label), read(head).get(label)
    if before is None or after is None:
        return []
    changes = [(name, before.get(name, 0), number) for name, number in after.items()]
    more = [change for change in changes if change[2] > change[1]]
    return sorted(more, key=lambda change: (change[1] - change[2], change[0]))[:top]
