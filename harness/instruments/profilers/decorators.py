"""`profile` and `memory_profile` for your own functions; without cost when off.

On with the environment variable HARNESS_PROFILE (1: a text at exit, on standard error; a name
that ends with .json: that file) or `enable()`. What is decorated while off is returned as it
is. Plain and async functions and generators of both kinds, and methods of instances and classes;
threads, tasks and recursion.
"""

import atexit
import copy
import json
import os
import sys
import tracemalloc
from functools import partial
from typing import Any, TypeVar, cast

from harness.common.files import write
from harness.common.numbers import number, quantity
from harness.instruments.profilers.meters import LOCK, Figures, SizedCall, TimedCall, check, metered

VARIABLE = "HARNESS_PROFILE"

Function = TypeVar("Function")

_asked = os.environ.get(VARIABLE, "")
_on = _asked not in ("", "0")
_results: dict[str, dict[str, Figures]] = {"time": {}, "memory": {}}


def enable() -> None:
    """Functions decorated from now on are measured."""
    global _on
    _on = True


def disable() -> None:
    """Functions decorated from now on are returned as they are."""
    global _on
    _on = False


def profile(function: Function) -> Function:
    """Count the calls of `function`, and how long they take on the clock and of CPU."""
    return _decorated(function, "time")


def memory_profile(function: Function) -> Function:
    """Measure how many bytes calls of `function` need at their peak, and how many they keep."""
    decorated = _decorated(function, "memory")
    if _on and not tracemalloc.is_tracing():
        tracemalloc.start(1)
    return decorated


def _decorated(function: Function, what: str) -> Function:
    if not _on:
        return function
    target: Any = function
    check(target)
    kind = TimedCall if what == "time" else SizedCall
    name = f"{target.__module__}.{target.__qualname__}"
    none: Figures = dict.fromkeys(("calls", "failures", *kind.names), 0)
    begin = partial(kind, _results[what].setdefault(name, none))
    return cast(Function, metered(target, begin))


def results() -> dict[str, dict[str, Figures]]:
    """{"time": {function: figures}, "memory": {function: figures}} so far; see the calls."""
    with LOCK:
        return copy.deepcopy(_results)


def clear() -> None:
    """Forget what was measured so far."""
    with LOCK:
        for functions in _results.values():
            for figures in functions.values():
                figures.update(dict.fromkeys(figures, 0))


COLUMNS = {
    "time": {"own_cpu": "own CPU", "cpu": "CPU", "seconds": "clock", "longest": "longest"},
    "memory": {"peak": "at peak", "kept": "kept"},
}
UNITS = {"time": "seconds", "memory": "bytes"}


def report() -> str:
    """The results as text, what took most first; without tabulate, in any process."""
    lines = []
    for what, rows in results().items():
        columns = COLUMNS[what]
        if rows:
            titles = "".join(map("{:>11}".format, columns.values()))
            lines.append(f"{'calls':>8}{'failed':>8}{titles}  function")
        for name, each in sorted(rows.items(), key=lambda row: -row[1][next(iter(columns))]):
            counts = f"{number(each['calls']):>8}{number(each['failures']):>8}"
            cells = "".join(f"{quantity(each[column], UNITS[what]):>11}" for column in columns)
            lines.append(f"{counts}{cells}  {name}")
    return "\n".join(lines)


def _report_at_exit() -> None:
    if not any(_results.values()):
        return
    if not _asked.endswith(".json"):
        print(report(), file=sys.stderr)
        return
    try:
        write(_asked, json.dumps(results(), indent=1) + "\n")
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)


if _on:  # only where nobody may ask: a program that calls enable() asks by itself
    atexit.register(_report_at_exit)
