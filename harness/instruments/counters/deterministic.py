"""For processes that only count: the same run takes the same path each time."""

import asyncio
import io
import itertools
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from harness.instruments.counters import settled

VARIABLES = 192
"""Of the environment: more than a terminal or a CI job sets."""


def prepare() -> None:
    """Call this before the framework is imported, and once.

    time.time and time.time_ns become clocks that advance one microsecond a reading: identifiers
    and timeouts made of the wall clock take other paths from one millisecond to the next. Waiting
    and event loops use the monotonic clock, which is left alone. asyncio.all_tasks gets an order:
    anyio looks through it until it finds the task it wants. What `secrets` and SystemRandom draw is
    never so high that they draw again. The environment gets as many variables in each terminal:
    frameworks look through all of them (as a search for a proxy or a CI does). Threads take turns
    (Linux).
    """
    for number in range(VARIABLES - len(os.environ)):
        os.environ[f"HARNESS_FILLER_{number}"] = ""
    start = 1_700_000_000
    time.time = itertools.count(float(start), 1e-6).__next__
    time.time_ns = itertools.count(start * 10**9, 1000).__next__
    asyncio.all_tasks = asyncio.tasks.all_tasks = _all_tasks
    drawn = random.Random(0).choices(range(128), k=1 << 18)
    vars(random)["_urandom"] = io.BytesIO(bytes(drawn)).read  # no Python function: it is counted
    if sys.platform == "linux":
        settled.install()


class _InOrder(set[asyncio.Task[Any]]):
    """Tasks by their names, which have numbers; as a plain set has them, by their addresses."""

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        return iter(sorted(super().__iter__(), key=lambda t: (len(t.get_name()), t.get_name())))


def _all_tasks(
    loop: asyncio.AbstractEventLoop | None = None, plain: Any = asyncio.all_tasks
) -> set[asyncio.Task[Any]]:
    return _InOrder(plain(loop))
