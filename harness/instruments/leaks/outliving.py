"""What outlives its use, counted: where a study asks whether it goes on growing, this asks how
much there is."""

import asyncio
import gc
import inspect
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals.drivers import without_loop
from harness.instruments.leaks.readings import pending
from harness.instruments.leaks.references import garbage
from harness.instruments.memory import only_new, settle

WARM_UP, TIMES = 3, 20

GRACE = 0.2
"""Seconds that what is still at work, in a thread or a task, is given to end."""


@dataclass(frozen=True)
class Outlived:
    """alive: of TIMES uses, how many something is alive of; tasks: that they left pending; cyclic:
    objects per use that only the garbage collector frees."""

    alive: int
    tasks: int
    cyclic: float


def outlived(use: Callable[[], Any], is_own: Callable[[type], bool]) -> Outlived:
    """What is left of TIMES calls of `use`, a `def` or `async def`, all on one event loop.

    Alive are instances of own classes of which the collector knows more afterwards, and such
    classes; so they need not take weak references, and a registry of the last few is no finding.
    Of the type of which there are most: an agent that is kept with its model counts once.
    """
    counting = _counted(use, is_own, inspect.iscoroutinefunction(use))
    return asyncio.run(counting) if inspect.iscoroutinefunction(use) else without_loop(counting)


async def _counted(
    use: Callable[[], Any], is_own: Callable[[type], bool], on_loop: bool
) -> Outlived:
    async def repeat(times: int) -> None:
        for _ in range(times):
            await use() if on_loop else use()

    with only_new():
        await repeat(WARM_UP)
        with garbage() as found:
            await repeat(TIMES)
        cyclic = len(found) / TIMES
        found.clear()
        settle()
        before, tasks = _alive(is_own), len(pending())
        await repeat(TIMES)
        for grace in (0.0, GRACE):
            await asyncio.sleep(grace) if on_loop else time.sleep(grace)
            settle()
            rise, left = _alive(is_own) - before, len(pending()) - tasks
            if not (rise or left > 0):
                break
    return Outlived(min(TIMES, max(rise.values(), default=0)), max(0, left), cyclic)


def _alive(is_own: Callable[[type], bool]) -> Counter[type]:
    """Instances of own classes, and own classes, by their type."""
    types = ((type(o), o) for o in gc.get_objects())
    return Counter(cls for cls, o in types if is_own(o if issubclass(cls, type) else cls))
