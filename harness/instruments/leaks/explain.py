"""What it is that grows: a few more runs are watched closely, and what they leave is named."""

import gc
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from harness.instruments.frames import audited
from harness.instruments.leaks import names
from harness.instruments.leaks.caches import bounded
from harness.instruments.leaks.readings import HELD, THRESHOLDS, pending, sources
from harness.instruments.leaks.references import Survivors
from harness.instruments.memory import settle

TOP = 5
_INODE = re.compile(r"\[\d+\]")
_OWN = frozenset(("weakref.KeyedRef",))

Evidence = dict[str, tuple[str, ...]]


async def explain(
    more: Callable[[int], Awaitable[None]], runs: int, survivors: Survivors
) -> tuple[Evidence, frozenset[str]]:
    """What `more(runs)` leaves behind, in lines for each series, and which series do not rise.

    Those rise only by what bounded caches hold that are not full yet: they are emptied for that.
    The instrument's own objects are left out.
    """
    openers = names.Openers()
    settle()
    read = sources(survivors.__len__)
    sizes = {id(cache): cache.cache_info().currsize for cache in bounded()}
    types = _types(set())
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
        for cache in bounded()
        if sizes.get(id(cache), 0) < (info := cache.cache_info()).currsize < info.maxsize
    ]
    for cache, _ in filling:
        cache.cache_clear()
    if filling:
        settle()
    rises = {name: read[name]() - before[name] for name in HELD if filling}
    own = (types, threads, descriptors, tasks, openers.places, before, rises, filling)
    inner = (*openers.places.values(), *filling, *(info for _, info in filling))
    grown = _told(_types({id(o) for o in (*own, *inner)}) - types, runs)
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
    }
    level = {name for name, rise in rises.items() if rise <= THRESHOLDS[name] * runs}
    return evidence, frozenset(level)


def _types(own: set[int]) -> Counter[str]:
    """How many objects there are of each type, but for those with these ids."""
    counts = Counter(type(o) for o in gc.get_objects() if id(o) not in own)
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
