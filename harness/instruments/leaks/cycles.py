"""Reference cycles: what only the garbage collector frees."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from harness.instruments.leaks.names import sites, type_name
from harness.instruments.memory import settle

MOST = 3
"""Cycles that are told."""


@contextmanager
def garbage() -> Iterator[list[Any]]:
    """What becomes unreachable within the block without being freed, in the list afterwards."""
    found: list[Any] = []
    enabled, debug = gc.isenabled(), gc.get_debug()
    settle()
    gc.disable()
    known = len(gc.garbage)
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage[known:]
        del gc.garbage[known:]
    finally:
        gc.set_debug(debug)
        if enabled:
            gc.enable()


def describe(found: Sequence[Any], runs: int) -> tuple[str, ...]:
    """The cycles that every second run or more makes, and where what is in them is allocated.

    To be called while `found` is alive and tracemalloc knows nothing but these runs.
    """
    objects = [o for o in found if not isinstance(o, FrameType)]
    counts = Counter(type(o) for o in objects)
    often = {cls for cls, count in counts.items() if count >= runs / 2}
    inside = {id(o): o for o in objects}
    # A class of the program's own says more than a dict.
    order = sorted(often, key=lambda cls: (cls.__module__ == "builtins", -counts[cls]))
    lines: list[str] = []
    told: set[type] = set()
    for cls in order:
        if cls in told or len(lines) == MOST:
            continue
        first = next(o for o in objects if type(o) is cls)
        if path := _around(first, inside):
            told.update(type(o) for o in path)
            names = " -> ".join(type_name(type(o)) for o in (*path, path[0]))
            lines.append(f"{names} ({counts[cls] / runs:.3g} a run)")
    return (*lines, *sites(runs)) if lines else ()


def _around(start: Any, inside: dict[int, Any]) -> list[Any]:
    """A shortest way from `start` back to itself among garbage; empty if it only hangs on one."""
    came: dict[int, Any] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in gc.get_referents(here):
            if there is start:
                path = [here]
                while path[-1] is not start:
                    path.append(came[id(path[-1])])
                return path[::-1]
            if id(there) in inside and id(there) not in came:
                came[id(there)] = here
                queue.append(there)
    return []
