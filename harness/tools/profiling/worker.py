"""One kind of profile in this process, which `take` has started for it.

Standard library only, unless the kind needs more.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
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
from harness.instruments.profilers.scenarios import warm
from harness.runtimes import load
from harness.workload.model import Model
from harness.workload.script import Script

KINDS: dict[str, Any] = {
    "time": unprofiled,
    "cpu": cpu,
    "sampling": sampling,
    "memory": memory,
    "memray": memray_allocations,
    "lines": lines,
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
    places = Places(loaded)
    with warm(scenario, loaded, entry) as work:
        asked = [function] if kind == "lines" else []
        section = KINDS[kind].take(work, places, runs, *asked)
    about = {
        "runtime": loaded.name,
        "package": loaded.package,
        "version": loaded.version(),
        "python": platform.python_version(),
        "protocol": harness.PROTOCOL,
        "agents": places.agents(loaded.agent(Model(Script()))),
        "scenario": scenario,
        "entry": entry,
        "runs": runs,
    }
    return {"about": about, "section": section}
