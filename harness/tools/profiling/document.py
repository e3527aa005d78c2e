"""A profile: how it is taken, and its form as JSON (docs/profiling.md says what fields mean).

A fresh process for each kind, so that none sees the traces of another. The interpreter may be that
of an environment that has the framework and nothing else.
"""

import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.common import files
from harness.common.children import ChildFailed, call
from harness.common.options import progress

FORMAT = "agent-benchmarks profile"

VERSION = 2
"""Raise it when a field changes its meaning or goes."""

READABLE = (1, VERSION)
"""Version 1 had `peak_sites` in `memory`, which nobody reads any more."""

KINDS = ("cpu", "sampling", "memory", "memray", "lines")

WORKER = "harness.tools.profiling.worker:perform"
TIMEOUT = 900.0
"""Seconds for one kind."""

Document = dict[str, Any]
Row = dict[str, Any]


class ProfileError(ValueError):
    """Bad input, or a run that failed: one line for the user."""


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
    order = {"scenario": scenario, "entry": entry, "runs": runs}
    for kind in ("time", *(kind for kind in KINDS if kind in kinds)):
        progress(f"profiling {kind} ...")
        if kind == "lines" and not function:
            function = _interesting(document)
        asked = {"kind": kind, "runtime": runtime, "function": function, **order}
        try:
            report = call(WORKER, asked, python=python, limit=TIMEOUT, hash_seed=0)
        except ChildFailed as error:
            raise ProfileError(f"there is no profile of {kind}: {error}") from None
        except NotImplementedError as reason:
            if kind == "time":
                raise ProfileError(f"n/a: {reason}") from None
            document[kind] = {"not_available": str(reason)}
        else:
            document.setdefault("about", report["about"] | order)
            document[kind] = report["section"]
    return document


def _interesting(document: Document) -> str:
    """The function that holds most memory, else the slowest, that is no library's."""
    places = (("memory", "growing_sites"), ("memray", "peak_sites"), ("cpu", "functions"))
    found = ((section(document, kind) or {}).get(name, []) for kind, name in places)
    for row in itertools.chain.from_iterable(found):
        if row["group"] in ("framework", "other") and not row["function"].startswith("<"):
            return str(row["function"])
    raise ProfileError("give --function, or profile cpu or memray with it, to say which function")


def section(document: Document, kind: str) -> Row | None:
    """What was measured of this kind; None where it was not asked for or not available."""
    found: Row | None = document.get(kind)
    return None if found is None or "not_available" in found else found


def read(path: Path) -> Document:
    """A profile from a file; ProfileError if it is missing, broken, or of another form."""
    document = files.parsed(path, json.loads)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ProfileError(f"{path} is not a profile")
    if document.get("version") not in READABLE:
        raise ProfileError(
            f"{path} has version {document.get('version')!r:.40} of the format, not {VERSION}"
        )
    if not isinstance(document.get("about"), dict) or not isinstance(document.get("time"), dict):
        raise ProfileError(f"{path} is not a whole profile")
    return document


def theirs(rows: Iterable[Row]) -> list[Row]:
    """Rows that are neither the harness's nor waiting."""
    return [row for row in rows if row["group"] not in ("harness", "waiting")]
