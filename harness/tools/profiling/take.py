"""Takes a profile: a fresh process for each kind, so that none sees the traces of another.

The interpreter may be that of an environment that has the framework and nothing else.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.common.children import ChildFailed, call, interpreter
from harness.instruments.profilers.document import (
    FORMAT,
    VERSION,
    Document,
    ProfileError,
    Row,
    packages,
    section,
)
from harness.tools.profiling import advice

WORKER = "harness.tools.profiling.worker:perform"
TIMEOUT = 900.0
"""Seconds for one kind."""


@dataclass(frozen=True)
class Request:
    """What to profile. interpreter: path of a Python that has the framework.

    function: the one that `lines` looks at; empty: the one that holds most memory, or the
    slowest where memory was not profiled.
    """

    runtime: str = "floor"
    scenario: str = "reply"
    entry: str = "threads"
    runs: int = 100
    interpreter: str = sys.executable
    function: str = ""


def take(
    request: Request, kinds: Sequence[str], progress: Callable[[str], None] = lambda text: None
) -> Document:
    """A profile of these kinds of KINDS; ProfileError if a run fails or cannot be made at all."""
    document: Document = {"format": FORMAT, "version": VERSION}
    asked = [kind for kind in ("cpu", "sampling", "memory", "memray", "lines") if kind in kinds]
    for kind in ("time", *asked):
        progress(kind)
        function = request.function
        if kind == "lines" and not function:
            function = _interesting(document)
        try:
            report = _profiled(request, kind, function)
        except NotImplementedError as reason:
            if kind == "time":
                raise ProfileError(f"n/a: {reason}") from None
            document[kind] = {"not_available": str(reason)}
            continue
        if kind == "time":
            document["about"] = report["about"] | {
                "scenario": request.scenario,
                "entry": request.entry,
                "runs": request.runs,
            }
        document[kind] = report["section"]
    if cpu := section(document, "cpu"):
        cpu["packages"] = packages(cpu["functions"])
    document["recommendations"] = advice.recommend(document)
    return document


def _interesting(document: Document) -> str:
    """The function that holds most memory, else the slowest, that is no library's."""
    places = (("memory", "growing_sites"), ("memray", "peak_sites"), ("cpu", "functions"))
    found = ((section(document, kind) or {}).get(name, []) for kind, name in places)
    for row in itertools.chain.from_iterable(found):
        if row["group"] in ("framework", "other") and not row["function"].startswith("<"):
            return str(row["function"])
    raise ProfileError("give --function, or profile cpu or memray with it, to say which function")


def _profiled(request: Request, kind: str, function: str) -> Row:
    """The report of one process; NotImplementedError with the reason where there is none."""
    order = {
        "kind": kind,
        "runtime": request.runtime,
        "scenario": request.scenario,
        "entry": request.entry,
        "runs": request.runs,
        "function": function,
    }
    python = interpreter(request.interpreter)
    try:
        report: Row = call(WORKER, order, python=python, limit=TIMEOUT, hash_seed=0)
    except ChildFailed as error:
        raise ProfileError(f"there is no profile of {kind}: {error}") from None
    return report
