"""What an asv run is asked for, and where its processes leave things for each other."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.common import files, quantities

AGAIN = "AGENT_BENCHMARKS_AGAIN"
"""The variable that says that what could not be installed is to be tried again."""

FOLDER = "HARNESS_SIDECAR"
"""The variable that names the folder of a commit that an asv run measures, also where it goes on
with an interrupted one; without our plugin there is none."""

PROCESSES = "HARNESS_PROCESSES"
"""The variable that says how many processes one after another measure what varies."""

BENCHMARKS = "benchmarks.json"
CELLS = "cells.jsonl"  # a line each: its label, and what a process said of it


def counts_only() -> bool:
    """Whether what is timed is to be left out: the variable HARNESS_COUNTS_ONLY says so."""
    return os.environ.get("HARNESS_COUNTS_ONLY", "") not in ("", "0")


def again() -> bool:
    """Whether what could not be installed is to be tried again."""
    return os.environ.get(AGAIN, "") not in ("", "0")


def processes() -> int | None:
    """What HARNESS_PROCESSES asks for. Raises ValueError for what is no number of processes."""
    text = os.environ.get(PROCESSES)
    try:
        return quantities.count(text) if text else None
    except ValueError as error:
        raise ValueError(f"{PROCESSES}: {error}") from None


def folder() -> Path | None:
    """The folder of the commit that is measured."""
    name = os.environ.get(FOLDER)
    return Path(name) if name else None


def begin(benchmarks: Iterable[str]) -> None:
    """A commit is measured from here on, with these benchmarks."""
    if place := folder():
        (place / BENCHMARKS).write_text(json.dumps(list(benchmarks)), "utf-8")


def benchmark(name: str) -> bool:
    """Whether this run is for the benchmark of that name."""
    if (place := folder()) and (path := place / BENCHMARKS).exists():
        return name in json.loads(path.read_text("utf-8"))
    return True


def journal(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a file such as CELLS, each `[label, {...}]`, but those cut short by a kill."""
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError, RecursionError):
            match json.loads(line):
                case [str(label), dict(said)]:
                    yield label, said


def forget_failures(path: Path) -> None:
    """Leave what failed out of a journal, too: it may have been the machine's fault, and is tried
    again."""
    if path.exists():
        kept = [json.dumps(each) + "\n" for each in journal(path) if "error" not in each[1]]
        files.write(path, "".join(kept))
