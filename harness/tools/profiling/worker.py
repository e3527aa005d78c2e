"""One kind of profile in this process, which `take` has started for it.

Standard library only, unless the kind needs more.
"""

from __future__ import annotations

import functools
import importlib.util
import platform
import sys
from collections.abc import Callable
from typing import Any

import harness
from harness.instruments.profilers import (
    cpu,
    lines,
    memory,
    memray_allocations,
    sampling,
    unprofiled,
)
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import SCENARIOS
from harness.runtimes import load

KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "time": unprofiled.take,
    "cpu": cpu.take,
    "sampling": sampling.take,
    "memory": memory.take,
    "memray": memray_allocations.take,
    "lines": lines.take,
}

NEEDS = {"sampling": "pyinstrument", "memray": "memray", "lines": "memory_profiler"}
"""What a kind needs beside the standard library."""


def perform(
    kind: str, runtime: str, scenario: str, entry: str, runs: int, function: str
) -> dict[str, Any]:
    """{"about", "section"}; raises NotImplementedError with the reason, or what a run raised."""
    needed = NEEDS.get(kind)
    if needed and importlib.util.find_spec(needed) is None:
        raise NotImplementedError(f"{needed} is not installed beside {sys.executable}")
    loaded = load(runtime)
    loaded.load()
    take = KINDS[kind]
    if kind == "lines":
        take = functools.partial(take, function=function)
    with SCENARIOS[scenario](loaded, entry) as work:
        places = Places(loaded)
        section = take(work, places, runs)
        work.verify()
        agents = places.agents(getattr(work, "agent", None))
    about = {
        "runtime": loaded.name,
        "package": loaded.package,
        "version": loaded.version(),
        "python": platform.python_version(),
        "protocol": harness.PROTOCOL,
        "agents": agents,
        "scenario": scenario,
        "entry": entry,
        "runs": runs,
    }
    return {"about": about, "section": section}
