"""Machine instructions and allocations of one run, counted by valgrind: exact or nearly so.

Off unless HARNESS_INSTRUCTIONS=1, because a framework takes long to import there. One
interpreter imports it, then forks children that make N and 2N runs; each child's total begins
with the same start-up, so the difference is the runs'. A fixed hash seed and a ticking wall
clock, as for the other counts. For allocations Python takes every block from the C library
(PYTHONMALLOC=malloc), so that those of C extensions are counted, too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.instruments.counters import deterministic
from harness.instruments.counters.counts import Batch, undisturbed
from harness.instruments.work import running
from harness.runtimes import load
from harness.runtimes.base import Runtime

SWITCH = "HARNESS_INSTRUCTIONS"
RUNS = WARM_UP = 10
TIMEOUT = 110.0
"""Seconds, a little less than a worker may take."""

NOT_WANTED = f"counted only with {SWITCH}=1: it takes up to a minute a figure"

_BOOT = (
    "import sys, json; sys.path += json.loads(sys.argv[1]);"
    " from harness.measures.valgrind import main; main(sys.argv[2:])"
)


@dataclass(frozen=True)
class Tool:
    """A tool of valgrind. total: matches a process id, then its totals in order of `figures`."""

    options: tuple[str, ...]
    total: str
    figures: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


TOOLS = {
    "instructions": Tool(
        ("--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"),
        r"==(\d+)== I +refs: +([\d,]+)",
        ("instructions",),
    ),
    "allocations": Tool(
        ("--tool=dhat", "--dhat-out-file=/dev/null"),
        r"==(\d+)== Total: +([\d,]+) bytes in ([\d,]+) blocks",
        ("allocated_bytes", "allocations"),
        {"PYTHONMALLOC": "malloc"},
    ),
}


def wanted() -> bool:
    """Whether valgrind is to count."""
    return os.environ.get(SWITCH) == "1"


def per_run(
    tool: str, runtime: Runtime, entry: str, tool_rounds: int = 0, runs: int = RUNS
) -> dict[str, float]:
    """Figures of one run by a tool of TOOLS, start-up and warm-up taken off.

    Raises NotImplementedError where it was not asked for, valgrind is missing or the runtime
    cannot do it, RuntimeError with the last complaint where it failed under valgrind.
    """
    if not wanted():
        raise NotImplementedError(NOT_WANTED)
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise NotImplementedError("valgrind is not installed")
    running(runtime, entry, tool_rounds).run(1)  # what fails here fails with its own exception
    arguments = [runtime.spec, entry, str(tool_rounds), str(runs)]
    children = _children(valgrind, TOOLS[tool], arguments)
    return {
        name: (children[2 * runs][name] - children[runs][name]) / runs
        for name in TOOLS[tool].figures
    }


def _children(valgrind: str, tool: Tool, arguments: list[str]) -> dict[int, dict[str, int]]:
    """Totals of each figure, by number of runs."""
    done = subprocess.run(
        [
            valgrind,
            *tool.options,
            sys.executable,
            "-c",
            _BOOT,
            json.dumps(sys.path[1:]),
            *arguments,
        ],
        env={**os.environ, "PYTHONHASHSEED": "0", **tool.environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith("==")]
        raise RuntimeError(f"under valgrind: {said[-1] if said else 'no output'}")
    totals = {
        int(pid): dict(zip(tool.figures, (int(n.replace(",", "")) for n in numbers), strict=True))
        for pid, *numbers in re.findall(tool.total, done.stderr)
    }
    return {runs: totals[pid] for runs, pid in json.loads(done.stdout.splitlines()[-1])}


def main(arguments: list[str]) -> None:
    """Runs under valgrind: prints [[number of runs, process id], ...] of its children."""
    runtime, entry, tool_rounds, runs = arguments
    deterministic.prepare()
    subject = load(runtime)
    subject.load()
    batch = running(subject, entry, int(tool_rounds)).run
    children = [[count, _child(batch, count)] for count in (int(runs), 2 * int(runs))]
    print(json.dumps(children), flush=True)


def _child(batch: Batch, count: int) -> int:
    """The process id of a child that has warmed up and made `count` runs.

    It warms up itself: threads that a warm-up leaves behind would not survive the fork.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with undisturbed():
                batch(WARM_UP)
                batch(count)
            status = 0
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)
    return child
