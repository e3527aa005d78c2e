"""A picture of a call graph: cProfile knows pairs of caller and callee, not whole stacks.

Where a function has several callers, what it takes below each is shared out in the proportion
of the time measured for each pair, as snakeviz and gprof2dot do. A sampled tree needs no such
sharing and is drawn instead where there is one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from harness.instruments.profilers.places import Places
from harness.instruments.profilers.tables import Place, Table

LEAST = 0.002
"""Share of all time below which a node is not drawn."""

DEEPEST = 80


def icicle(table: Table, places: Places) -> dict[str, Any]:
    """The tree of a table of one run as nested {name, group, package, seconds, children}."""
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
