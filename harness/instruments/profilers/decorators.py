"""`profile` and `memory_profile` for your own functions; without cost when off.

On with the environment variable HARNESS_PROFILE (1: a text at exit, on standard error; a name
that ends with .json: that file) or `enable()`. What is decorated while off is returned as it
is. Plain and async functions and generators of both kinds; threads, tasks and recursion.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from harness.common.files import write
from harness.common.numbers import number, quantity
from harness.instruments.profilers.meters import Figures, MemoryMeter, TimeMeter
from harness.instruments.profilers.steps import metered

VARIABLE = "HARNESS_PROFILE"

Function = TypeVar("Function", bound=Callable[..., Any])


class _Collected:
    """Meters by function, and whether functions are decorated at all."""

    def __init__(self) -> None:
        self.on = os.environ.get(VARIABLE, "") not in ("", "0")
        self.time: dict[str, TimeMeter] = {}
        self.memory: dict[str, MemoryMeter] = {}
        self.at_exit = False


_collected = _Collected()


def enable() -> None:
    """Functions decorated from now on are measured."""
    _collected.on = True


def disable() -> None:
    """Functions decorated from now on are returned as they are."""
    _collected.on = False


def profile(function: Function) -> Function:
    """Count the calls of `function`, and how long they take on the clock and of CPU."""
    return _decorated(function, _collected.time, TimeMeter)


def memory_profile(function: Function) -> Function:
    """Measure how many bytes calls of `function` need at their peak, and how many they keep."""
    return _decorated(function, _collected.memory, MemoryMeter)


def _decorated(function: Function, meters: dict[str, Any], kind: type) -> Function:
    if not _collected.on:
        return function
    if not _collected.at_exit:
        _collected.at_exit = True
        # Only where nobody may ask: a program that calls enable() asks by itself.
        if os.environ.get(VARIABLE, "") not in ("", "0"):
            atexit.register(_report_at_exit, os.environ[VARIABLE])
    name = f"{function.__module__}.{function.__qualname__}"
    meter = meters.setdefault(name, kind())
    return metered(function, meter)  # type: ignore[return-value]


def results() -> dict[str, dict[str, Figures]]:
    """{"time": {function: figures}, "memory": {function: figures}} so far; see the meters."""
    return {
        "time": {name: meter.figures() for name, meter in _collected.time.items()},
        "memory": {name: meter.figures() for name, meter in _collected.memory.items()},
    }


def clear() -> None:
    """Forget what was measured so far."""
    meters: list[TimeMeter | MemoryMeter] = [*_collected.time.values()]
    meters += _collected.memory.values()
    for meter in meters:
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


def _report_at_exit(where: str) -> None:
    if where.endswith(".json"):
        try:
            write(where, json.dumps(results(), indent=1) + "\n")
        except ValueError as error:
            print(f"harness: {error}", file=sys.stderr)
    else:
        print(report(), file=sys.stderr)
