"""Takes a profile: a fresh process for each kind, so that none sees the traces of another.

The interpreter may be that of an environment that has the framework and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.common.children import ChildFailed, call
from harness.common.options import progress
from harness.instruments.profilers.document import (
    FORMAT,
    KINDS,
    VERSION,
    Document,
    ProfileError,
    section,
)
from harness.tools.profiling.advice import recommend

WORKER = "harness.tools.profiling.worker:perform"
TIMEOUT = 900.0
"""Seconds for one kind."""


def take(
    runtime: str,
    kinds: Sequence[str],
    *,
    scenario: str = "reply",
    entry: str = "threads",
    runs: int = 100,
    function: str = "",
    python: str | None = None,
) -> Document:
    """A profile of these kinds of KINDS; ProfileError if a run fails or cannot be made at all.

    function: the one that `lines` looks at; empty: the one that holds most memory, or the slowest
    where memory was not profiled. python: an interpreter that has the framework.
    """
    document: Document = {"format": FORMAT, "version": VERSION}
    order = {"runtime": runtime, "scenario": scenario, "entry": entry, "runs": runs}
    for kind in ("time", *(kind for kind in KINDS if kind in kinds)):
        progress(f"profiling {kind} ...")
        if kind == "lines" and not function:
            function = _interesting(document)
        asked = {"kind": kind, "function": function, **order}
        try:
            report = call(WORKER, asked, python=python, limit=TIMEOUT, hash_seed=0)
        except ChildFailed as error:
            raise ProfileError(f"there is no profile of {kind}: {error}") from None
        except NotImplementedError as reason:
            if kind == "time":
                raise ProfileError(f"n/a: {reason}") from None
            document[kind] = {"not_available": str(reason)}
        else:
            document.setdefault("about", report["about"])
            document[kind] = report["section"]
    document["recommendations"] = recommend(document)
    return document


def _interesting(document: Document) -> str:
    """The function that holds most memory, else the slowest, that is no library's."""
    places = (("memory", "growing_sites"), ("memray", "peak_sites"), ("cpu", "functions"))
    found = ((section(document, kind) or {}).get(name, []) for kind, name in places)
    for row in itertools.chain.from_iterable(found):
        if row["group"] in ("framework", "other") and not row["function"].startswith("<"):
            return str(row["function"])
    raise ProfileError("give --function, or profile cpu or memray with it, to say which function")
