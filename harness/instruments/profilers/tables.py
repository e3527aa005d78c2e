"""What cProfile knows, as tables that can be added and subtracted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from harness.instruments.profilers.places import Places

Place = tuple[str, int, str]
"""A function: file name (or the label of a C function), first line, qualified name."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass
class Cost:
    """calls; own and cumulative seconds of CPU."""

    calls: float = 0
    own: float = 0.0
    cumulative: float = 0.0

    def add(self, calls: float, own: float, cumulative: float) -> None:
        self.calls += calls
        self.own += own
        self.cumulative += cumulative


@dataclass
class Table:
    """Costs by function, and by pair of caller and callee."""

    functions: dict[Place, Cost] = field(default_factory=dict)
    edges: dict[tuple[Place, Place], Cost] = field(default_factory=dict)

    def add(self, entries: Iterable[Any]) -> None:
        """Add what `cProfile.Profile.getstats()` gives for one thread."""
        for entry in entries:
            caller = place_of(entry.code)
            cost = self.functions.setdefault(caller, Cost())
            cost.add(entry.callcount, entry.inlinetime, entry.totaltime)
            for callee in entry.calls or ():
                edge = self.edges.setdefault((caller, place_of(callee.code)), Cost())
                edge.add(callee.callcount, callee.inlinetime, callee.totaltime)

    def minus(self, other: Table) -> Table:
        """This less `other`; what nothing is left of is gone, no time is negative."""
        return Table(_minus(self.functions, other.functions), _minus(self.edges, other.edges))

    @property
    def calls(self) -> float:
        """Calls, all functions."""
        return sum(cost.calls for cost in self.functions.values())


def _minus(these: dict[Any, Cost], those: dict[Any, Cost]) -> dict[Any, Cost]:
    none = Cost()
    result = {}
    for key, cost in these.items():
        other = those.get(key, none)
        if cost.calls > other.calls:
            result[key] = Cost(
                cost.calls - other.calls,
                max(0.0, cost.own - other.own),
                max(0.0, cost.cumulative - other.cumulative),
            )
    return result


def per_run(readings: Sequence[Table], runs: int) -> Table:
    """Calls of one run, and times at the pace of each function's fastest reading.

    readings: of `runs` runs each. What the machine does meanwhile is in some reading of every
    function, but hardly in all of one.
    """
    total = runs * len(readings)
    return Table(
        _per_run([each.functions for each in readings], total),
        _per_run([each.edges for each in readings], total),
    )


def _per_run(readings: Sequence[dict[Any, Cost]], total: int) -> dict[Any, Cost]:
    costs: dict[Any, list[Cost]] = {}
    for reading in readings:
        for key, cost in reading.items():
            costs.setdefault(key, []).append(cost)
    result = {}
    for key, seen in costs.items():
        calls = sum(cost.calls for cost in seen) / total
        own = min(cost.own / cost.calls for cost in seen)
        cumulative = min(cost.cumulative / cost.calls for cost in seen)
        result[key] = Cost(calls, own * calls, cumulative * calls)
    return result


def place_of(code: CodeType | str) -> Place:
    """The function of a code object, or of the label cProfile gives a C function."""
    if isinstance(code, str):
        return (_ADDRESS.sub("", code), 0, "")
    return (code.co_filename, code.co_firstlineno, code.co_qualname)


def describe(place: Place, places: Places) -> dict[str, Any]:
    """function: `qualified name (path)`, the same over releases and machines; line, whose."""
    file, line, name = place
    where = places.of(file)
    function = f"{name} ({where.path})" if name else file
    return {
        "function": function,
        "line": line,
        "group": where.group,
        "package": where.package,
    }
