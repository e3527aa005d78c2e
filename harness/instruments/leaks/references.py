"""Who refers to whom: survivors and their holders, and cycles that only the collector frees."""

import contextlib
import gc
import sys
import types
import weakref
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.instruments.leaks.names import sites, type_name
from harness.instruments.memory import settle

DEEPEST = 6
WIDEST = 40
"""How far a holder is looked for, and among how many objects at each step."""

MOST = 3
"""Cycles that are reported."""


class Survivors:
    """Watched objects that are alive; one that dies takes nothing any more."""

    def __init__(self) -> None:
        self._alive: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()

    def watch(self, objects: Iterable[object]) -> None:
        """Watch those that can be referred to weakly."""
        for thing in objects:
            with contextlib.suppress(TypeError):
                self._alive[id(thing)] = thing

    def __len__(self) -> int:
        return len(self._alive)

    def in_words(self) -> tuple[str, ...]:
        """How many are alive of each type, and who holds the oldest one."""
        counts = Counter(type_name(type(thing)) for thing in self._alive.values())
        held: dict[str, str] = {}
        for reference in self._alive.valuerefs():
            thing = reference()
            if thing is not None and (name := type_name(type(thing))) not in held:
                held[name] = holder(thing)
        return tuple(
            f"{count} {name}, held by {held.get(name, '?')}" for name, count in counts.most_common()
        )


def holder(thing: object) -> str:
    """A shortest way of references from a module or class to `thing`, as far as it is found."""
    targets, paths = [thing], [type(thing).__name__]
    seen = {id(thing), id(targets)}
    for _ in range(DEEPEST):
        nearer: list[Any] = []
        nearer_paths: list[str] = []
        seen.add(id(nearer))
        for target, path in zip(targets[:WIDEST], paths, strict=False):
            referrers = gc.get_referrers(target)
            seen.add(id(referrers))
            for referrer in referrers:
                if id(referrer) in seen or isinstance(referrer, types.FrameType):
                    continue
                seen.add(id(referrer))
                if root := _root(referrer, target):
                    return f"{root} -> {path}"
                nearer.append(referrer)
                nearer_paths.append(f"{type(referrer).__name__} -> {path}")
        if not nearer:
            break
        targets, paths = nearer, nearer_paths
    return f"... -> {paths[0]}"


def _root(referrer: object, target: object) -> str:
    """The name under which a module or a class holds `target`, or "" if `referrer` is neither."""
    if isinstance(referrer, type):
        owner, names = type_name(referrer), dict(vars(referrer))
    elif isinstance(referrer, dict):
        module = sys.modules.get(str(referrer.get("__name__")))
        if module is None or vars(module) is not referrer:
            return ""
        owner, names = module.__name__, dict(referrer)
    else:
        return ""
    return f"{owner}.{next((name for name, value in names.items() if value is target), '?')}"


@contextlib.contextmanager
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


def cycles(found: Sequence[Any], runs: int) -> tuple[str, ...]:
    """The cycles that every second run or more makes, and where what is in them is allocated.

    To be called while `found` is alive and tracemalloc knows nothing but these runs.
    """
    objects = [o for o in found if not isinstance(o, types.FrameType)]
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
            lines.append(f"{names} ({counts[cls] / runs:.3g} per run)")
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
