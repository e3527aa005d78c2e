"""What cProfile knows, as tables that can be added and subtracted."""

from __future__ import annotations

import re
from collections import defaultdict
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


LEAST = 0.002
"""Share of all time below which a node is not drawn."""

DEEPEST = 80


def icicle(table: Table, places: Places) -> dict[str, Any]:
    """The tree of a table of one run as nested {name, group, package, seconds, children}.

    cProfile knows pairs of caller and callee, not whole stacks. Where a function has several
    callers, what it takes below each is shared out in the proportion of the time measured for
    each pair, as snakeviz and gprof2dot do. A sampled tree needs no such sharing.
    """
    total = sum(cost.own for cost in table.functions.values())
    called = {callee for caller, callee in table.edges if caller != callee}
    roots = [place for place in table.functions if place not in called]
    walk = _Walk(table, places, LEAST * total)
    children = [walk.node(root, table.functions[root].cumulative, ()) for root in roots]
    return {
        "name": "all",
        "group": "other",
        "package": "",
        "seconds": total,
        "children": [child for child in children if child],
    }


class _Walk:
    def __init__(self, table: Table, places: Places, least: float) -> None:
        self.table, self.places, self.least = table, places, least
        self.callees: dict[Place, list[Place]] = defaultdict(list)
        for caller, callee in table.edges:
            if caller != callee:
                self.callees[caller].append(callee)

    def node(self, place: Place, seconds: float, above: tuple[Place, ...]) -> dict[str, Any] | None:
        """The node of `place` with `seconds` of its time; None if too small or in a circle."""
        if seconds < self.least or place in above or len(above) >= DEEPEST:
            return None
        whole = self.table.functions[place].cumulative
        share = min(1.0, seconds / whole) if whole else 0.0
        path = (*above, place)
        nodes = (
            self.node(callee, self.table.edges[place, callee].cumulative * share, path)
            for callee in self.callees[place]
            if callee in self.table.functions
        )
        where = self.places.of(place[0])
        return {
            "name": f"{place[2]} ({where.path}:{place[1]})" if place[2] else place[0],
            "group": where.group,
            "package": where.package,
            "seconds": seconds,
            "children": sorted((n for n in nodes if n), key=lambda n: -n["seconds"]),
        }
