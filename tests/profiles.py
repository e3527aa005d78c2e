"""Profiles of planted runtimes, for the tests of `harness profile`."""

from harness.instruments.profilers.places import Places
from harness.instruments.profilers.scenarios import warm
from harness.workload.model import Model
from harness.workload.script import Script

FILE = "(profiling_adapters.py)"
TIME = {"cpu_seconds": 1.0, "gc_share": 0.0, "gc_collections": 0.0}


def taken(kind, runtime, scenario="reply", entry="threads", runs=20):
    with warm(scenario, runtime, entry) as made:
        return kind(made, Places(runtime), runs)


def profile_of(runtime, scenario="reply", **sections):
    """A document as `harness profile` makes it, of sections already taken."""
    agents = Places(runtime).agents(runtime.agent(Model(Script())))
    about = {"runtime": "x", "package": "", "version": "", "scenario": scenario, "agents": agents}
    return {"about": about, "time": dict(TIME), **sections}


def by_function(section):
    return {row["function"]: row for row in section["functions"]}
