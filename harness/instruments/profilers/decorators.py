"""`profile` and `memory_profile` for your own functions; without cost when off.

On with the environment variable HARNESS_PROFILE (1: a text at exit, on standard error; a name
that ends with .json: that file) or `enable()`. What is decorated while off is returned as it
is. Plain and async functions and generators of both kinds, and methods of instances and classes;
threads, tasks and recursion.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from typing import Any, TypeVar

from harness.common.files import write
from harness.common.numbers import number, quantity
from harness.instruments.profilers.meters import Figures, MemoryMeter, Meter, TimeMeter
from harness.instruments.profilers.steps import metered

VARIABLE = "HARNESS_PROFILE"

Function = TypeVar("Function")

_asked = os.environ.get(VARIABLE, "")
_on = _asked not in ("", "0")
_time: dict[str, TimeMeter] = {}
_memory: dict[str, MemoryMeter] = {}


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
    return _decorated(function, _time, TimeMeter)


def memory_profile(function: Function) -> Function:
    """Measure how many bytes calls of `function` need at their peak, and how many they keep."""
    return _decorated(function, _memory, MemoryMeter)


def _decorated(function: Function, meters: dict[str, Any], kind: type[Meter]) -> Function:
    if not _on:
        return function
    target: Any = function
    if isinstance(target, type) or not hasattr(target, "__qualname__"):
        raise TypeError(f"functions and methods can be profiled, not {target!r}")
    name = f"{target.__module__}.{target.__qualname__}"
    meter = meters.setdefault(name, kind())
    same: Any = lambda function: function  # noqa: E731
    if isinstance(target, classmethod | staticmethod):
        same, target = type(target), target.__func__
    decorated: Function = same(metered(target, meter))
    return decorated


def results() -> dict[str, dict[str, Figures]]:
    """{"time": {function: figures}, "memory": {function: figures}} so far; see the meters."""
    return {
        "time": {name: meter.figures() for name, meter in _time.items()},
        "memory": {name: meter.figures() for name, meter in _memory.items()},
    }


def clear() -> None:
    """Forget what was measured so far."""
    for meter in (*_time.values(), *_memory.values()):
        meter.clear()


TIMES = {"own_cpu": "own CPU", "cpu": "CPU", "seconds": "clock", "longest": "longest"}
SIZES = {"peak": "at peak", "kept": "kept"}


def report() -> str:
    """The results as text, what took most first."""
    found = results()
    lines = _table(found["time"], TIMES, "seconds") + _table(found["memory"], SIZES, "bytes")
    return "\n".join(lines)


def _table(rows: dict[str, Figures], columns: dict[str, str], unit: str) -> list[str]:
    """A row a function, most of the first column first; without tabulate, in any process."""
    if not rows:
        return []
    lines = [
        f"{'calls':>8}{'failed':>8}{''.join(map('{:>11}'.format, columns.values()))}  function"
    ]
    for name, each in sorted(rows.items(), key=lambda item: -item[1][next(iter(columns))]):
        counts = f"{number(each['calls']):>8}{number(each['failures']):>8}"
        cells = "".join(f"{quantity(each[column], unit):>11}" for column in columns)
        lines.append(f"{counts}{cells}  {name}")
    return lines


def _report_at_exit() -> None:
    if not _time and not _memory:
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
