"""Caches with a limit that fill up while a program is studied: they grow, and will stop."""

import dataclasses
import functools
import gc
from collections.abc import Mapping
from typing import Any

from harness.instruments.leaks.names import function_name
from harness.instruments.leaks.readings import GROWS, HELD, LEVEL, UNCLEAR, Growth

WITHOUT = {
    GROWS: "it rises to the end, and so it does without what bounded caches hold",
    LEVEL: "without what bounded caches hold it does not rise",
    UNCLEAR: "it rises; whether without what bounded caches hold, too, is not clear",
}
"""What is said of a series by what it does while bounded caches are emptied."""

_LRU: Any = type(functools.lru_cache(print))


def bounded() -> list[Any]:
    """All functions with an `lru_cache` that has a limit, but for frozen ones."""
    objects: list[Any] = gc.get_objects()
    return [o for o in objects if type(o) is _LRU and o.cache_info().maxsize]


class Caches:
    """Bounded caches, to be made before objects are frozen, and how many results they held."""

    def __init__(self) -> None:
        self._old = bounded()
        self._sizes: dict[int, int] = {}

    def _all(self) -> list[Any]:
        return list({id(cache): cache for cache in (*self._old, *bounded())}.values())

    def remember(self) -> None:
        """How many results each has now."""
        self._sizes = {id(cache): cache.cache_info().currsize for cache in self._all()}

    def risen(self) -> list[Any]:
        """Those that have more results than when they were remembered."""
        sizes = self._sizes
        return [c for c in self._all() if c.cache_info().currsize > sizes.get(id(c), 0)]


def in_words(caches: list[Any]) -> tuple[str, ...]:
    """What each holds, those with room first."""
    infos = [(function_name(cache.__wrapped__), cache.cache_info()) for cache in caches]
    infos.sort(key=lambda item: item[1].currsize == item[1].maxsize)
    return tuple(
        f"{name} holds {info.currsize} results of at most {info.maxsize}" for name, info in infos
    )


def replaced(growths: Mapping[str, Growth], without: Mapping[str, Growth]) -> dict[str, Growth]:
    """Growths, of which those that caches may hold are called what they are without them."""
    return {
        name: dataclasses.replace(growth, kind=kind, reason=WITHOUT[kind])
        if growth.kind != LEVEL and name in HELD and (kind := without[name].kind)
        else growth
        for name, growth in growths.items()
    }
