"""What an asv run is asked for, and where its processes leave things for each other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

FOLDER = "HARNESS_SIDECAR"
"""The variable that names the folder of an asv run; without our plugin there is none."""

BENCHMARKS = "benchmarks.json"
CELLS = "cells.jsonl"


def counts_only() -> bool:
    """Whether what is timed is to be left out: the variable HARNESS_COUNTS_ONLY says so."""
    return os.environ.get("HARNESS_COUNTS_ONLY", "") not in ("", "0")


def folder() -> Path | None:
    """The folder of this asv run."""
    name = os.environ.get(FOLDER)
    return Path(name) if name else None


def begin(benchmarks: Iterable[str]) -> None:
    """A commit is measured from here on, with these benchmarks: nothing is kept of the last."""
    if place := folder():
        (place / CELLS).unlink(missing_ok=True)
        (place / BENCHMARKS).write_text(json.dumps(list(benchmarks)), "utf-8")


def benchmark(name: str) -> bool:
    """Whether this run is for the benchmark of that name."""
    if (place := folder()) and (path := place / BENCHMARKS).exists():
        return name in json.loads(path.read_text("utf-8"))
    return True
