"""Where a count grew: the functions that were called more often, if both results kept them.

The functions are kept by cell ("calls_run greenlang entry=threads tool_rounds=0"), not by
benchmark: the cell of a row is the one with the row's parameters whose measure shares most words
with the name of the benchmark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from harness.check.rows import Row

TOP = 5


def grown(base: Path, head: Path, row: Row, runtime: str) -> tuple[str, ...]:
    """Lines about the functions whose calls grew most in a row; empty where that is not known.

    base, head: paths of the results files without .json; runtime: the one that was measured, for
    benchmarks that do not have it as a parameter.
    """
    from harness.instruments.counters import (
        functions,  # here, so that a check works where none were recorded
    )

    paths = [Path(f"{stem}{functions.SUFFIX}") for stem in (base, head)]
    if not all(path.exists() for path in paths):
        return ()
    try:
        label = label_of(row, runtime, functions.read(paths[1]))
        more = functions.grown(paths[0], paths[1], label, TOP) if label else []
    except functions.Unreadable as error:
        return (f"(the record of functions cannot be read: {error})",)
    return tuple(f"{name}: {old:g} -> {new:g} (+{new - old:g})" for name, old, new in more)


def label_of(row: Row, runtime: str, labels: Iterable[str]) -> str:
    """The label of a row's cell among those kept; "" where none has its parameters."""
    named = {key: value.strip("'\"") for key, value in zip(row.names, row.params, strict=False)}
    runtime = named.pop("runtime", runtime)
    words = set(re.findall(r"[a-z]+", row.benchmark.lower()))
    best, most = "", 0
    for label in labels:
        measure, of, *arguments = label.split(" ")
        if of != runtime or set(arguments) != {f"{key}={value}" for key, value in named.items()}:
            continue
        shared = len(words & set(measure.split("_"))) + 1
        if shared > most:
            best, most = label, shared
    return best
