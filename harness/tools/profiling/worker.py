"""A process that takes one kind of profile; standard library only, unless the kind needs more.

Reads its order from standard input and writes a report to the file named last on the command
line: {"about", "section"}, or {"not_available": why}, or {"error": the failed run}.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
from harness.instruments.profilers import (
    cpu,
    line_memory,
    memory,
    plain,
    sampling,
    total_allocations,
)
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import SCENARIOS
from harness.runtimes import load

KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "time": plain.take,
    "cpu": cpu.take,
    "sampling": sampling.take,
    "memory": memory.take,
    "memray": total_allocations.take,
    "lines": line_memory.take,
}

NEEDS = {"sampling": "pyinstrument", "memray": "memray", "lines": "memory_profiler"}
"""What a kind needs beside the standard library."""


def perform(order: dict[str, Any]) -> dict[str, Any]:
    """The report of an order; raises what a failed run raises."""
    kind = order["kind"]
    needed = NEEDS.get(kind)
    if needed and importlib.util.find_spec(needed) is None:
        return {"not_available": f"{needed} is not installed beside {sys.executable}"}
    runtime = load(order["runtime"])
    runtime.load()
    take = KINDS[kind]
    if kind == "lines":
        take = functools.partial(take, function=order["function"])
    with SCENARIOS[order["scenario"]](runtime, order["entry"]) as scenario:
        section = take(scenario, Places(runtime), order["runs"])
        scenario.verify()
    about = {
        "runtime": runtime.name,
        "package": runtime.package,
        "version": runtime.version(),
        "python": platform.python_version(),
        "protocol": harness.PROTOCOL,
    }
    return {"about": about, "section": section}


def main() -> None:
    """Take the profile ordered on standard input."""
    order = json.load(sys.stdin)
    try:
        report = perform(order)
    except NotImplementedError as reason:
        report = {"not_available": " ".join(str(reason).split()) or "not implemented"}
    except Exception as error:
        report = {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    Path(sys.argv[-1]).write_text(json.dumps(report), encoding="utf-8")
