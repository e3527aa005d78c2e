"""Objects that were let go and should be gone: which are alive, and who holds them."""

from __future__ import annotations

import contextlib
import gc
import sys
import types
import weakref
from collections import Counter
from collections.abc import Iterable
from typing import Any

from harness.instruments.leaks.names import type_name

DEEPEST = 6
WIDEST = 40


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

    def by_type(self) -> Counter[str]:
        """How many are alive of each type."""
        return Counter(type_name(type(thing)) for thing in self._alive.values())

    def holders(self) -> dict[str, str]:
        """For each type of survivor, who holds the oldest one."""
        found: dict[str, str] = {}
        for reference in self._alive.valuerefs():
            thing = reference()
            if thing is not None and (name := type_name(type(thing))) not in found:
                found[name] = holder(thing)
        return found


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
    if isinstance(referrer, dict):
        module = sys.modules.get(str(referrer.get("__name__")))
        if module is not None and vars(module) is referrer:
            name = next((key for key, value in list(referrer.items()) if value is target), "?")
            return f"{module.__name__}.{name}"
    elif isinstance(referrer, type):
        name = next((k for k, value in vars(referrer).items() if value is target), "?")
        return f"{type_name(referrer)}.{name}"
    return ""
