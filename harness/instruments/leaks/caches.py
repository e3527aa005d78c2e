"""Bounded caches that are not full yet: they grow, and will stop."""

from __future__ import annotations

import functools
import gc
from typing import Any

from harness.instruments.frames import place

_LRU: type = type(functools.lru_cache(print))


def _bounded() -> list[Any]:
    objects: list[Any] = gc.get_objects()
    caches: list[Any] = [o for o in objects if type(o) is _LRU]
    return [cache for cache in caches if cache.cache_info().maxsize]


def sizes() -> dict[int, int]:
    """Results held, by the identity of each bounded `functools.lru_cache`."""
    return {id(cache): cache.cache_info().currsize for cache in _bounded()}


def filling(before: dict[int, int]) -> dict[str, Any]:
    """Caches that have grown since `before` and are not full, by a line about each."""
    found = {}
    for cache in _bounded():
        info = cache.cache_info()
        if before.get(id(cache), 0) < info.currsize < info.maxsize:
            function = cache.__wrapped__
            code = getattr(function, "__code__", None)
            where = f" ({place(code)})" if code else ""
            name = getattr(function, "__qualname__", repr(function))
            line = f"{name}{where} holds {info.currsize} results of at most {info.maxsize}"
            found[line] = cache
    return found
