"""What it is that grows: a few more runs are watched closely, and what they leave is named."""

from __future__ import annotations

import asyncio
import gc
import re
import tracemalloc
import weakref
from collections import Counter
from typing import Any

from harness.instruments.frames import AUDIT
from harness.instruments.leaks import caches, names
from harness.instruments.leaks.openers import Openers
from harness.instruments.leaks.readings import THRESHOLDS, pending, sources
from harness.instruments.leaks.survivors import Survivors
from harness.instruments.memory import settle

DEEP = 10
"""Calls remembered with an allocation."""

TOP = 5
_INODE = re.compile(r"\[\d+\]")
_OWN = frozenset(("weakref.KeyedRef",))


def trace_anew() -> None:
    """Remember allocations with the calls that led to them, and forget the earlier ones.

    What is there at the end of a close look has then been allocated in it: no comparison is
    needed.
    """
    tracemalloc.stop()
    tracemalloc.start(DEEP)


class Explanation:
    """From its making to `finish`; what is new between, in lines.

    filling: bounded caches that are not full yet; cached: series that do not rise without them.
    """

    def __init__(self, survivors: Survivors) -> None:
        self._openers = Openers()
        self._hearing = AUDIT.heard_by(self._openers)
        settle()
        self._sources = sources(survivors.__len__)
        self._caches = caches.sizes()
        self._types = _types()
        self._threads = names.thread_ids()
        self._descriptors = names.descriptor_targets()
        self._tasks = {id(task): task for task in pending()}
        self._hearing.__enter__()
        trace_anew()
        self._before = self._now()

    def _now(self) -> dict[str, int]:
        """What a cache may hold."""
        return {name: self._sources[name]() for name in ("memory", "objects", "survivors")}

    def finish(self, runs: int) -> None:
        """Name what the `runs` since left behind. Bounded caches that were filling are emptied."""
        self._hearing.__exit__(None, None, None)
        settle()
        seen = self._now()
        filling = caches.filling(self._caches)
        self.types = _told(_types() - self._types, runs)
        self.sites = names.sites(runs)
        new = [task for task in pending() if id(task) not in self._tasks]
        self.tasks = _told(Counter(map(names.task_name, new)), 1, "{0} x {1}")
        self.threads = _told(names.thread_names(self._threads), 1, "{0} x {1}")
        self.descriptors = self._opened()
        full = self._now()
        for cache in filling.values():
            cache.cache_clear()
        self.filling = tuple(filling)
        settle()
        empty = self._now()
        self.cached = frozenset(
            name
            for name, before in self._before.items()
            if self.filling
            and seen[name] - before - (full[name] - empty[name]) <= THRESHOLDS[name] * runs
        )

    def _opened(self) -> tuple[str, ...]:
        found: Counter[str] = Counter()
        for number, target in names.descriptor_targets().items():
            if self._descriptors.get(number) != target:
                found[f"{_INODE.sub('', target)}{self._openers.of(target)}"] += 1
        return _told(found, 1, "{0} x {1}")


def _types() -> Counter[str]:
    counts = Counter(type(o) for o in gc.get_objects())
    named = Counter({names.type_name(cls): count for cls, count in counts.items()})
    return Counter({name: count for name, count in named.items() if name not in _OWN})


def _told(counts: Counter[str], runs: int, form: str = "{0} {1} a run") -> tuple[str, ...]:
    """The largest, a program's own types before the builtins'."""
    often = [(name, count / runs) for name, count in counts.items() if count >= runs / 10]
    often.sort(key=lambda item: ("." not in item[0], -item[1]))
    return tuple(form.format(f"{count:.3g}", name) for name, count in often[:TOP])


def background(seen: weakref.WeakSet[asyncio.Task[Any]]) -> Counter[str]:
    """Tasks of the running loop, not done and not `seen`, but for this one; they are seen now."""
    new = asyncio.all_tasks() - {asyncio.current_task()} - set(seen)
    seen.update(new)
    return Counter(names.task_name(task) for task in new)
