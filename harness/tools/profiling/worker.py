"""One kind of profile in this process, which `take` has started for it.

Standard library only, unless the kind needs more.
"""

import platform
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from harness.common import PROTOCOL
from harness.instruments.profilers import cpu, memory, memray_allocations, sampling
from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import warm
from harness.runtimes import load
from harness.workload.model import Model
from harness.workload.script import Script


def perform(
    kind: str, runtime: str, scenario: str, entry: str, runs: int, function: str
) -> dict[str, Any]:
    """{"about", "section"}; raises NotImplementedError with the reason, or what a run raised."""
    kinds: dict[str, Callable[..., dict[str, Any]]] = {
        "time": cpu.unprofiled,
        "cpu": cpu.take,
        "sampling": sampling.take,
        "memory": memory.take,
        "memray": memray_allocations.take,
        "lines": partial(memory.by_line, function=function),
    }
    loaded = load(runtime)
    loaded.load()
    places = Places(loaded)
    with warm(scenario, loaded, entry) as work:
        try:
            section = kinds[kind](work, places, runs)
        except ModuleNotFoundError as error:  # what some kinds need beside the standard library
            reason = f"{error.name} is not installed beside {sys.executable}"
            raise NotImplementedError(reason) from None
    about = {
        "runtime": loaded.name,
        "package": loaded.package,
        "version": loaded.version(),
        "python": platform.python_version(),
        "protocol": PROTOCOL,
        "agents": places.agents(loaded.agent(Model(Script()))),
    }
    return {"about": about, "section": section}
