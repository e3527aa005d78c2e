"""Measures of importing a framework. They must meet it unimported, unlike all others."""

from __future__ import annotations

import json
import subprocess
import sys

from harness.counts import CallCounter
from harness.measures import Figures
from harness.runtimes.base import Runtime

# Runs in a bare interpreter, so that what the framework shares with the harness is counted, too.
_CHILD = """
import json, resource, sys, time
unit = 1 if sys.platform == "darwin" else 1024
modules, memory = len(sys.modules), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
wall, cpu = time.perf_counter(), time.process_time()
for name in sys.argv[1:]:
    __import__(name)
print(json.dumps({
    "seconds": time.perf_counter() - wall,
    "cpu_seconds": time.process_time() - cpu,
    "bytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * unit,
    "modules": len(sys.modules) - modules,
}))
"""


def fresh_import(runtime: Runtime) -> Figures:
    """Import in a new interpreter: seconds, CPU seconds, bytes added to peak RSS, modules."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *runtime.imports], capture_output=True, text=True
    )
    if done.returncode:
        runtime.load()  # says in one line why it does not import, as NotImplementedError
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def calls_import(runtime: Runtime) -> Figures:
    """Python calls of importing the framework into a process that has the harness."""
    with CallCounter() as counter:
        counter.counting = True
        runtime.load()
        counter.counting = False
    return {"calls": counter.total}


IMPORTS = (calls_import, fresh_import)
