"""Counts by function, kept beside results: not only *that* a count grew, but *where*.

A function is named "AgentRun.next (pydantic_ai/run.py)". Calls of the standard library and of
generated functions are distinguished by who called them, as "current_task (asyncio/tasks.py) <
AgentRun.next (pydantic_ai/run.py)".

A table is {label of the cell: {function: events of one run}}. Benchmarks append it to a spool, a
file of JSON lines in the folder HARNESS_SIDECAR; `harness.history` makes a file of that: gzipped
JSON, {"cells": [label, ...], "functions": {function: [events by cell, ...]}}. By function, because
cells have most functions in common: the file is a tenth as large, so none needs to be left out.
"""

import functools
import gzip
import json
import os
import sys
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import CodeType

from harness.common import asked, files

SPOOL = "functions.jsonl"
SUFFIX = ".functions.gz"

Table = dict[str, dict[str, int]]


@functools.cache
def path_of(filename: str) -> str:
    """The path of a module, from the folder on the search path in which it is."""
    path = filename.replace("\\", "/")
    for place in sorted(map(os.path.abspath, sys.path), key=len, reverse=True):
        if path.startswith(folder := place.replace("\\", "/").rstrip("/") + "/"):
            return path.removeprefix(folder)
    return path.rpartition("/")[2]


def package_of(path: str) -> str:
    """The top-level package or module."""
    if path.startswith("<frozen "):
        return path.removeprefix("<frozen ").rstrip(">").partition(".")[0]
    return "generated code" if path.startswith("<") else path.partition("/")[0].removesuffix(".py")


def is_shared(path: str) -> bool:
    """Whether it is of the standard library or generated: what it costs is due to its caller."""
    return path.startswith("<") or package_of(path) in sys.stdlib_module_names


def named(code: CodeType, caller: CodeType | None = None) -> str:
    """The name of a function in a table."""
    name = f"{code.co_qualname} ({path_of(code.co_filename)})"
    return f"{name} < {named(caller)}" if caller else name


def parts(name: str) -> tuple[str, str, str]:
    """(function, its path, the path of who called it) of a name in a table; "" where unknown."""
    function, _, caller = name.partition(" < ")
    return function, _path(function), _path(caller)


def _path(function: str) -> str:
    return function.rpartition(" (")[2].removesuffix(")") if function.endswith(")") else ""


def label(measure: str, runtime: str, arguments: Mapping[str, object]) -> str:
    """The name of a cell in a table: "calls_run greenlang entry=threads tool_rounds=0"."""
    return " ".join([measure, runtime, *(f"{k}={v}" for k, v in sorted(arguments.items()))])


BROKEN: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, ValueError, TypeError)
BROKEN += (AttributeError, LookupError, RecursionError)
"""What a file that is not as `write` makes it may raise."""


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
    if not (folder := asked.folder()):
        return
    with open(folder / SPOOL, "a", encoding="utf-8") as spool:
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
                if not (isinstance(events, int) and abs(events) < 2**63):
                    raise ValueError(f"{events!r:.40} is no number of calls")
                if events:
                    functions[name] = events
    except BROKEN as error:
        raise Unreadable(f"{path}: {' '.join(str(error).split())}") from None
    return table


def write(path: str | Path, table: Table) -> None:
    """Write a file, whole or not at all; the same table gives the same bytes."""
    cells = sorted(table)
    names = sorted({name for functions in table.values() for name in functions})
    rows = {name: [table[label].get(name, 0) for label in cells] for name in names}
    text = json.dumps({"cells": cells, "functions": rows}, separators=(",", ":"))
    files.write(path, gzip.compress(text.encode(), mtime=0))
