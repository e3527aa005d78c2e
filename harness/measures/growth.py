"""Measures of growth: does a run cost more than in proportion to its size or to what came before?

Python calls of a run are counted at three sizes, and the first two lay down a straight line.
"""

from __future__ import annotations

import functools

from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import Work, asking, stepping
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload import dag as dags
from harness.workload.script import Script

SIZES = {
    "history": (1, 10, 100),
    "row": (1, 10, 40),
    "prompt": (1_000, 10_000, 100_000),
    "result": (1_000, 10_000, 100_000),
}
"""Earlier exchanges; steps in a row; characters of the prompt, of the result of a tool."""


def _work(runtime: Runtime, entry: str, what: str, size: int) -> Work:
    if what == "row":
        return stepping(runtime, entry, dags.chain(size))
    if what == "prompt":
        return asking(runtime, entry, Script(), more=f" {'.' * size}")
    by_field = {"history": Script(history=size), "result": Script(1, result_size=size)}
    return asking(runtime, entry, by_field[what])


@functools.cache
def _counted(runtime: Runtime, entry: str, what: str, size: int) -> Located:
    """Remembered, because a worker asks for the calls and then for how they grow."""
    functions = calls_by_function(_work(runtime, entry, what, size).run)
    return Located({"calls": float(functions.total())}, functions)


@measure
def calls_grown(runtime: Runtime, entry: str, what: str, size: int) -> Located:
    """Python calls of one run (of a workflow: of all its steps) at this size of `what`."""
    return _counted(runtime, entry, what, size)


@measure
def over_linear(runtime: Runtime, entry: str, what: str) -> Figures:
    """Calls at the largest of three sizes a < b < c, over what a straight line says.

    ratio = calls(c) / (calls(b) + (c - b) (calls(b) - calls(a)) / (b - a)): 1 where calls do not
    grow, or grow by as many with each part; towards c / b where they grow with the square.
    """
    a, b, c = SIZES[what]
    at = {size: _counted(runtime, entry, what, size)["calls"] for size in (a, b, c)}
    line = at[b] + (c - b) * max(0.0, at[b] - at[a]) / (b - a)
    return {"ratio": round(at[c] / line, 4)}
