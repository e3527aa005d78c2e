"""What it is that grows: a few more runs are watched closely, and what they leave is named."""

import functools
import gc
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from harness.instruments.frames import audited
from harness.instruments.leaks import names
from harness.instruments.leaks.readings import THRESHOLDS, pending, sources
from harness.instruments.leaks.references import Survivors
from harness.instruments.memory import settle

TOP = 5
HELD = ("memory", "objects", "survivors")
"""Series of what a cache may hold."""

_INODE = re.compile(r"\[\d+\]")
_OWN = frozenset(("weakref.KeyedRef",))
_LRU: Any = type(functools.lru_cache(print))

Evidence = dict[str, tuple[str, ...]]


async def explain(
    more: Callable[[int], Awaitable[None]], runs: int, survivors: Survivors
) -> tuple[Evidence, frozenset[str]]:
    """What `more(runs)` leaves behind, in lines for each series, and which series do not rise.

    Those rise only by what bounded caches hold that are not full yet ("caches" in the evidence):
    they are emptied for that.
    """
    openers = names.Openers()
    settle()
    read = sources(survivors.__len__)
    sizes = {id(cache): cache.cache_info().currsize for cache in _bounded()}
    types = _types()
    threads = {thread.ident for thread in threading.enumerate()}
    descriptors = names.descriptor_targets()
    tasks = {id(task): task for task in pending()}
    with audited(openers):
        names.trace_anew()
        before = {name: read[name]() for name in HELD}
        await more(runs)
    settle()
    filling = [  # and nothing of the others, which would take memory here
        (cache, info)
        for cache in _bounded()
        if sizes.get(id(cache), 0) < (info := cache.cache_info()).currsize < info.maxsize
    ]
    for cache, _ in filling:
        cache.cache_clear()
    if filling:
        settle()
    rises = {name: read[name]() - before[name] for name in HELD if filling}
    grown = _told(_types() - types, runs)
    sites = names.sites(runs)
    new_threads = [each for each in threading.enumerate() if each.ident not in threads]
    new_tasks = [task for task in pending() if id(task) not in tasks]
    opened = [
        f"{_INODE.sub('', target)}{openers.of(target)}"
        for number, target in names.descriptor_targets().items()
        if descriptors.get(number) != target
    ]
    evidence = {
        "memory": (*grown, *sites),
        "objects": (*grown, *sites),
        "rss": grown,
        "survivors": survivors.in_words(),
        "threads": _counted(map(names.thread_name, new_threads)),
        "descriptors": _counted(opened),
        "tasks": _counted(map(names.task_name, new_tasks)),
        "caches": tuple(
            f"{names.function_name(cache.__wrapped__)} holds {info.currsize} results"
            f" of at most {info.maxsize}"
            for cache, info in filling
        ),
    }
    level = {name for name, rise in rises.items() if rise <= THRESHOLDS[name] * runs}
    return evidence, frozenset(level)


def _bounded() -> list[Any]:
    """All functions with an `lru_cache` that has a limit."""
    objects: list[Any] = gc.get_objects()
    return [o for o in objects if type(o) is _LRU and o.cache_info().maxsize]


def _types() -> Counter[str]:
    """How many objects there are of each type."""
    counts = Counter(type(o) for o in gc.get_objects())
    named = Counter({names.type_name(cls): count for cls, count in counts.items()})
    return Counter({name: count for name, count in named.items() if name not in _OWN})


def _told(counts: Counter[str], runs: int) -> tuple[str, ...]:
    """The largest, a program's own types before the builtins'."""
    often = [(name, count / runs) for name, count in counts.items() if count >= runs / 10]
    often.sort(key=lambda item: ("." not in item[0], -item[1]))
    return tuple(f"{count:.3g} {name} per run" for name, count in often[:TOP])


def _counted(lines: Iterable[str]) -> tuple[str, ...]:
    """Each line once, with its number, the most frequent first."""
    return tuple(f"{count} x {line}" for line, count in Counter(lines).most_common(TOP))
