"""Measures of importing a framework. They start interpreters of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from harness.instruments.counters.counts import fewest
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime

# Runs in a bare interpreter, so that what the framework shares with the harness is counted, too.
_CHILD = """
import json, os, resource, sys, time

def resident():
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)

calls = 0
def hook(frame, event, arg):
    global calls
    calls += event == "call"

modules, memory = len(sys.modules), resident()
wall, cpu = time.perf_counter(), time.process_time()
if sys.argv[1] == "count":
    sys.setprofile(hook)
for name in sys.argv[2:]:
    __import__(name)
sys.setprofile(None)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({
    "calls": calls,
    "seconds": wall,
    "cpu_seconds": cpu,
    "bytes": resident() - memory,
    "modules": len(sys.modules) - modules,
}))
"""


def _import(runtime: Runtime, how: str) -> Figures:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, how, *runtime.imports], capture_output=True, text=True
    )
    if done.returncode:
        runtime.load()  # says in one line why it does not import, as NotImplementedError
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@measure
def fresh_import(runtime: Runtime) -> Figures:
    """Import in a new interpreter: seconds, CPU seconds, bytes of resident memory, modules."""
    return _import(runtime, "time")


@measure
def calls_import(runtime: Runtime, agree: int = 3, most: int = 7) -> Figures:
    """Python calls of the importing thread in a new interpreter, the fewest of several.

    Objects hash by their address, which differs from process to process, and a collision in a
    set or dict calls __eq__: some interpreters make a few calls more, none fewer. So it is enough
    that `agree` of them have the fewest; they are started on all cores at once.
    """
    counted: list[int] = []
    with ThreadPoolExecutor(cores := os.cpu_count() or 1) as pool:
        while (lacking := agree - counted.count(min(counted, default=0))) > 0 and (
            left := most - len(counted)
        ):
            wave = range(min(lacking, left, cores))
            counted += pool.map(lambda _: int(_import(runtime, "count")["calls"]), wave)
    return {"calls": fewest(counted, "calls")}
