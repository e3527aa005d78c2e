"""Advice on starting: what a program imports before it knows what it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil

from harness.runtimes.base import RunFailed, Runtime
from studies.tuning.experiment import Figure, Figures, Sides, experiment

# Adapters of one's own are found. Taken now, because some frameworks change it when imported.
_PATH = os.pathsep.join(sys.path)

# Its own memory is read while it waits for its input to end.
_PROGRAM = """
import sys
when, needed, *names = sys.argv[1:]

def load():
    for name in names:
        __import__(name)

if when == "early":
    load()
if needed == "needed":
    load()
import time
print(time.process_time(), sum(name in sys.modules for name in names), flush=True)
sys.stdin.read()
"""


def _start(runtime: Runtime, when: str, needed: bool) -> tuple[float, float]:
    """CPU seconds and bytes of resident memory of a program that has done its work."""
    arguments = [when, "needed" if needed else "not needed", *runtime.imports]
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": _PATH},
        text=True,
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        told = child.stdout.readline().split()
        memory = float(psutil.Process(child.pid).memory_info().rss) if told else 0.0
        child.stdin.close()
    expected = len(runtime.imports) if when == "early" or needed else 0
    if not told or child.returncode or int(told[1]) != expected:
        raise RunFailed(f"the program ended with {child.returncode} and imported {told[1:]}")
    return float(told[0]), memory


@experiment(
    "lazy-imports",
    "Import the framework where it is needed",
    "imported at the top of the program",
    "imported in the function that uses it",
    Figure("cpu_seconds", "CPU time of a command that needs no agent"),
    Figure("bytes", "memory of that command", "bytes"),
    Figure("needed", "CPU time of a command that needs one"),
    rounds=7,
)
def lazy(runtime: Runtime) -> Iterator[Sides]:
    """New processes: a program that needs no agent, and one that does."""
    if not runtime.imports:
        raise NotImplementedError(f"{runtime.name} names no modules that a program imports")

    def side(when: str) -> Figures:
        cpu, memory = _start(runtime, when, needed=False)
        return {
            "cpu_seconds": cpu,
            "bytes": memory,
            "needed": _start(runtime, when, needed=True)[0],
        }

    yield lambda: side("early"), lambda: side("late")
