"""Measures of a process that does nothing: an agent or a workflow has run in it, and now waits."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sys
import threading
import time

from harness.common import children
from harness.instruments import virtual_clock
from harness.instruments.arrivals.drivers import without_loop
from harness.instruments.leaks.scenarios import repeated
from harness.instruments.resources.readers import switches
from harness.measures import Figures, measure
from harness.runtimes import load
from harness.runtimes.base import Runtime

USED = {"agents": "run", "workflows": "rerun"}
"""What has been used, and the scenario of that."""

VIRTUAL_SECONDS, MOST_TURNS = 60.0, 100_000
SETTLING, SECONDS = 0.1, 0.4
LIMIT = 110.0
"""Seconds that import, use and waiting may take."""

RESOLUTION = 0.001
"""Of a core: what a sleeping process takes is less, and only noise."""


@measure
def idle_wakeups(runtime: Runtime, entry: str, what: str) -> Figures:
    """How often a virtual event loop wakes up in 60 s after a run on it; 100,000 if it never
    sleeps. `entry` is asyncio."""
    use = repeated(runtime, USED[what], entry)

    async def watched() -> int:
        await use()
        for _ in range(10):  # what only waits for its turn is part of the run
            await asyncio.sleep(0)
        return await virtual_clock.wakeups(VIRTUAL_SECONDS, MOST_TURNS)

    return {"wakeups": float(virtual_clock.run(watched()))}


@measure
def waiting(runtime: Runtime, entry: str) -> Figures:
    """CPU seconds per second of a new interpreter in which an agent has run and, where there are
    any, a workflow; and threads that wake up meanwhile, though there is nothing to do.

    CPU is RESOLUTION at least; threads are those of Python and others, but for the waiting one.
    """
    order = {"runtime": runtime.spec, "entry": entry}
    figures: Figures = children.call(f"{__name__}:wait", order, limit=LIMIT)
    return figures


def wait(runtime: str, entry: str) -> Figures:
    """The same in this process; NaN threads where the system does not tell."""
    loaded = load(runtime)
    loaded.load()
    if entry == "asyncio":
        return asyncio.run(_waited(loaded, entry))
    return without_loop(_waited(loaded, entry))


async def _waited(runtime: Runtime, entry: str) -> Figures:
    on_loop = entry == "asyncio"

    async def pause(seconds: float) -> None:
        await asyncio.sleep(seconds) if on_loop else time.sleep(seconds)

    uses = [repeated(runtime, "tools", entry)]
    await uses[0]() if on_loop else uses[0]()
    with contextlib.suppress(NotImplementedError):
        uses.append(repeated(runtime, "rerun", entry))
        await uses[1]() if on_loop else uses[1]()
    await pause(SETTLING)
    before = _switches()
    cpu, begin = time.process_time(), time.perf_counter()
    await pause(SECONDS)
    cpu, took = time.process_time() - cpu, time.perf_counter() - begin
    woken = [thread for thread, count in _switches().items() if count != before.get(thread)]
    return {
        "cpu": max(RESOLUTION, cpu / took),
        "threads": float(len(woken)) if sys.platform == "linux" else math.nan,
    }


def _switches() -> dict[str, list[int]]:
    """Context switches of each thread but this one; empty where the system does not tell."""
    if sys.platform != "linux":
        return {}
    found = switches(os.getpid())
    del found[str(threading.get_native_id())]
    return found
