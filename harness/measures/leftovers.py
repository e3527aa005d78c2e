"""Measures of what runs leave behind: memory, threads, descriptors; and of a blocked event loop."""

from __future__ import annotations

import asyncio
import gc
import statistics
import threading
import time
import tracemalloc
from collections.abc import Sequence
from itertools import combinations, pairwise

import psutil

from harness.instruments.arrivals import drivers
from harness.instruments.work import check_requests, model_of
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload.model import Model
from harness.workload.script import Script

LEAK_STEP = 128
"""Bytes a run: below it the bookkeeping of loops and of tracemalloc itself shows."""


BLOCK_SECONDS = 0.04
"""A gap that neither a busy machine nor ordinary work of an agent explains."""


@measure
def leak(runtime: Runtime, entry: str, blocks: int = 6, runs: int = 25) -> Figures:
    """Bytes of Python memory that each further run keeps: Theil-Sen slope over blocks of runs.

    In whole multiples of LEAK_STEP, so that the same code gives the same number. The first
    block is not used: caches fill. tracemalloc sees Python's own allocations only.
    """
    run = drivers.repeat(runtime.agent(model_of(0.0)), entry)
    run(runs)
    tracemalloc.start()
    try:
        held = []
        for _ in range(blocks):
            run(runs)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(held[1:]), 2)]
    return {"bytes_per_run": statistics.median(slopes) / runs // LEAK_STEP * LEAK_STEP}


@measure
def leftovers(
    runtime: Runtime, entry: str, agents: int = 5, runs: int = 20, batches: int = 4
) -> Figures:
    """Threads and descriptors that are there after `agents` were built, run and let go.

    The fewest of batches: a pool of threads grows when it happens to find none idle, by one now
    and then; what every agent leaves behind is there after each batch.
    """
    process = psutil.Process()

    def held() -> tuple[int, int]:
        for _ in range(agents):
            drivers.repeat(runtime.agent(Model(Script(tool_rounds=1))), entry)(runs)
        gc.collect()
        return threading.active_count(), process.num_fds()

    seen = [held() for _ in range(1 + batches)]
    threads, descriptors = zip(*seen, strict=True)
    return {"threads": _least_rise(threads), "descriptors": _least_rise(descriptors)}


def _least_rise(counts: Sequence[int]) -> int:
    return max(0, min(after - before for before, after in pairwise(counts)))


@measure
def blocked_loop(runtime: Runtime, entry: str, count: int = 50, latency: float = 0.02) -> Figures:
    """Longest time in seconds that the event loop did not turn during runs (`entry`: asyncio).

    blocks: how many times it did not turn for BLOCK_SECONDS or longer.
    """
    model = model_of(latency)
    agent = runtime.agent(model)

    async def watched() -> list[float]:
        gaps = []

        async def heartbeat() -> None:
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0.001)
                now = time.perf_counter()
                gaps.append(now - last - 0.001)
                last = now

        beat = asyncio.create_task(heartbeat())
        due = [i * 0.01 for i in range(count)]
        (await drivers.aconcurrent(agent, model.script, range(count), due)).ensure_ok()
        beat.cancel()
        return gaps

    gaps = asyncio.run(watched())
    check_requests(model, count)
    return {"longest_block": max(gaps), "blocks": sum(gap >= BLOCK_SECONDS for gap in gaps)}
