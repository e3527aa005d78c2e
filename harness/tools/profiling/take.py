"""Takes a profile: a fresh process for each kind, so that none sees the traces of another.

The interpreter may be that of an environment that has the framework and nothing else.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from harness.common.children import ChildFailed, call, interpreter
from harness.instruments.profilers.document import (
    FORMAT,
    KINDS,
    VERSION,
    Document,
    ProfileError,
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
    python = interpreter(request.interpreter)
    for kind in ("time", *(kind for kind in KINDS if kind in kinds)):
        progress(kind)
        order = {"kind": kind} | asdict(request)
        if kind == "lines" and not request.function:
            order["function"] = _interesting(document)
        del order["interpreter"]
        try:
            report = call(WORKER, order, python=python, limit=TIMEOUT, hash_seed=0)
        except ChildFailed as error:
            raise ProfileError(f"there is no profile of {kind}: {error}") from None
        except NotImplementedError as reason:
            if kind == "time":
                raise ProfileError(f"n/a: {reason}") from None
            document[kind] = {"not_available": str(reason)}
        else:
            document.setdefault("about", report["about"])
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
