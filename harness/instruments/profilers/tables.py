"""What cProfile knows, as tables that can be subtracted, and as a tree."""

import cProfile
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from types import CodeType
from typing import Any, NamedTuple

from harness.instruments.profilers.places import Places

Place = tuple[str, int, str]
"""A function: file name (or the label of a C function), first line, qualified name."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Cost(NamedTuple):
    """calls; own and cumulative seconds."""

    calls: float = 0
    own: float = 0.0
    cumulative: float = 0.0


Table = dict[tuple[Place | None, Place], Cost]
"""Costs by pair of caller and callee; without a caller: of the function altogether."""


def place_of(code: CodeType | str) -> Place:
    """The function of a code object, or of the label cProfile gives a C function."""
    if isinstance(code, str):
        return (_ADDRESS.sub("", code), 0, "")
    return (code.co_filename, code.co_firstlineno, code.co_qualname)


def table_of(profiles: Iterable[cProfile.Profile]) -> Table:
    """What these profiles, one of each thread, have heard so far."""
    heard: dict[Any, list[Any]] = defaultdict(list)
    for profile in profiles:
        for entry in profile.getstats():
            heard[None, place_of(entry.code)].append(entry)
            for callee in entry.calls or ():
                heard[place_of(entry.code), place_of(callee.code)].append(callee)
    costs = attrgetter("callcount", "inlinetime", "totaltime")
    return {
        key: Cost(*map(sum, zip(*map(costs, each), strict=True))) for key, each in heard.items()
    }


def minus(these: Table, those: Table) -> Table:
    """The first less the second; what nothing is left of is gone, no time is negative."""
    none = Cost()
    return {
        key: Cost(*(max(0.0, a - b) for a, b in zip(cost, those.get(key, none), strict=True)))
        for key, cost in these.items()
        if cost.calls > those.get(key, none).calls
    }


def per_run(readings: Sequence[Table], runs: int) -> Table:
    """Calls of one run, and times at the pace of each function's fastest reading.

    readings: of `runs` runs each. What the machine does meanwhile is in some reading of every
    function, but hardly in all of one.
    """
    result = {}
    for key in dict.fromkeys(itertools.chain(*readings)):
        seen = [reading[key] for reading in readings if key in reading]
        calls = sum(cost.calls for cost in seen) / (runs * len(readings))
        own = min(cost.own / cost.calls for cost in seen)
        cumulative = min(cost.cumulative / cost.calls for cost in seen)
        result[key] = Cost(calls, own * calls, cumulative * calls)
    return result


def functions(table: Table) -> dict[Place, Cost]:
    """Costs by function."""
    return {callee: cost for (caller, callee), cost in table.items() if caller is None}


LEAST = 0.002
"""Share of all time below which a node is not drawn."""

DEEPEST = 80


def icicle(table: Table, places: Places) -> dict[str, Any]:
    """The tree of a table of one run as nested {name, group, package, seconds, children}.

    cProfile knows pairs of caller and callee, not whole stacks. Where a function has several
    callers, what it takes below each is shared out in the proportion of the time measured for
    each pair, as snakeviz and gprof2dot do. A sampled tree needs no such sharing.
    """
    costs = functions(table)
    total = sum(cost.own for cost in costs.values())
    callees: dict[Place, list[Place]] = defaultdict(list)
    for caller, callee in table:
        if caller is not None and caller != callee and callee in costs:
            callees[caller].append(callee)

    def node(place: Place, seconds: float, above: tuple[Place, ...]) -> dict[str, Any] | None:
        """The node of `place` with `seconds` of its time; None if too small or in a circle."""
        if seconds < LEAST * total or place in above or len(above) >= DEEPEST:
            return None
        whole = costs[place].cumulative
        share = min(1.0, seconds / whole) if whole else 0.0
        children = [
            node(callee, table[place, callee].cumulative * share, (*above, place))
            for callee in callees[place]
        ]
        file, line, name = place
        return places.node(name, file, line, seconds, children)

    called = {callee for below in callees.values() for callee in below}
    roots = [node(root, cost.cumulative, ()) for root, cost in costs.items() if root not in called]
    return {
        "name": "all",
        "group": "other",
        "package": "",
        "seconds": total,
        "children": [root for root in roots if root],
    }
