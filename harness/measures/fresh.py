"""Measures of what happens once in a process: the import of a framework, and the first run.

They start interpreters of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.common import children
from harness.instruments.arrivals import drivers
from harness.instruments.counters import deterministic
from harness.instruments.counters.counts import executed_first
from harness.instruments.counters.functions import Located
from harness.instruments.work import check_requests, model_of
from harness.measures import Figures, measure
from harness.runtimes import load
from harness.runtimes.base import Runtime

FIRST_SECONDS = 60.0
"""That a first run may take, with import and build."""

IMPORT_SECONDS = 300.0
"""That an import may take, counted and on a busy machine."""

SPREAD = 0.005
"""By how much processes may differ, as a fraction, for the fewest calls to be called exact."""

# Runs in a bare interpreter, so that what the framework shares with the harness is counted, too.
_CHILD = """
import _thread, json, os, resource, sys, time

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

def left():
    processes = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                processes.append(process)
        except psutil.Error:
            pass
    return _thread._count() - threads, processes

threads, modules, memory = _thread._count(), len(sys.modules), resident()
wall, cpu = time.perf_counter(), time.process_time()
if sys.argv[1] == "count":
    sys.setprofile(hook)
for name in sys.argv[2:]:
    __import__(name)
sys.setprofile(None)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
memory, modules = resident() - memory, len(sys.modules) - modules
import psutil

give_up = time.monotonic() + 0.5
while any(left()) and time.monotonic() < give_up:
    time.sleep(0.01)
threads, processes = left()
print(json.dumps({
    "calls": calls,
    "seconds": wall,
    "cpu_seconds": cpu,
    "bytes": memory,
    "modules": modules,
    "threads": threads,
    "processes": len(processes),
}), flush=True)
for process in processes:
    process.kill()
os._exit(0)
"""


def _import(runtime: Runtime, how: str) -> Figures:
    command = [sys.executable, "-c", _CHILD, how, *runtime.imports]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"its import took more than {IMPORT_SECONDS:g} s") from None
    if done.returncode:
        runtime.load()  # says in one line why it does not import, as NotImplementedError
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@measure
def fresh_import(runtime: Runtime) -> Figures:
    """Import in a new interpreter: seconds, CPU seconds, bytes of resident memory, modules.

    threads, processes: Python's threads, and child processes, that are there half a second later.
    """
    return _import(runtime, "time")


@measure
def calls_import(runtime: Runtime) -> Figures:
    """Python calls of the importing thread in a new interpreter, the fewest of several."""
    calls = _repeated(lambda: Counter(calls=int(_import(runtime, "count")["calls"])), agree=3)
    return {"calls": calls.total()}


@measure
def first_run(runtime: Runtime, entry: str) -> Figures:
    """Wall seconds of the first run of a new interpreter that has imported and built its agent."""
    return {"seconds": _first(runtime, entry, counted=False)["seconds"]}


@measure
def calls_first_run(runtime: Runtime, entry: str) -> Located:
    """Python calls of that run over all threads, the fewest of several new interpreters."""
    functions = _repeated(lambda: Counter(_first(runtime, entry, counted=True)), agree=2)
    return Located({"calls": functions.total()}, functions)


def _first(runtime: Runtime, entry: str, counted: bool) -> dict[str, Any]:
    order = {"runtime": runtime.spec, "entry": entry, "counted": counted}
    told: dict[str, Any] = children.call(f"{__name__}:first", order, limit=FIRST_SECONDS)
    return told


def first(runtime: str, entry: str, counted: bool) -> dict[str, float]:
    """The seconds of the first run in this process, or its calls by function."""
    if counted:
        deterministic.prepare()
    loaded = load(runtime)
    loaded.load()
    model = model_of(0.0)
    agent = loaded.agent(model)
    if counted:
        told: dict[str, float] = dict(executed_first(drivers.repeat(agent, entry)).calls())
    else:
        batch = drivers.one_by_one(agent, model.script, entry, [1]).ensure_ok()
        told = {"seconds": batch.latencies[0]}
    check_requests(model, 1)
    return told


def _repeated(count: Callable[[], Counter[str]], agree: int, most: int = 7) -> Counter[str]:
    """The fewest calls that new interpreters make, started on all cores at once.

    Objects hash by their address, which differs from process to process, and a collision in a
    set or dict calls __eq__: some interpreters make a few calls more, none fewer. So it is enough
    that `agree` of them have the fewest.
    """
    counted: list[Counter[str]] = []
    totals: list[int] = []
    with ThreadPoolExecutor(cores := os.cpu_count() or 1) as pool:
        while (lacking := agree - totals.count(min(totals, default=0))) > 0 and (
            left := most - len(totals)
        ):
            counted += pool.map(lambda _: count(), range(min(lacking, left, cores)))
            totals = [each.total() for each in counted]
    least, greatest = min(totals), max(totals)
    if greatest - least > SPREAD * least:
        raise NotImplementedError(
            f"its calls vary from process to process ({least} to {greatest}): no exact count"
        )
    return counted[totals.index(least)]
