"""Measures of what runs leave behind: memory, threads, descriptors; and of a blocked event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise

from harness.instruments.arrivals import drivers
from harness.instruments.leaks.readings import sources
from harness.instruments.leaks.study import QUICK, find_leak
from harness.instruments.memory import settle
from harness.instruments.work import Forgetful, Prompts, ask_once, check_requests, model_of
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload.model import Model
from harness.workload.script import Script

BLOCK_SECONDS = 0.04
"""A gap that neither a busy machine nor ordinary work of an agent explains."""


@measure
def leak(runtime: Runtime, entry: str) -> Figures:
    """Bytes of Python memory that each further run keeps, as the verb `leaks` tells them."""
    once = ask_once(runtime.agent(Forgetful()), entry, Prompts())
    return {"bytes_per_run": find_leak(once, plan=QUICK).bytes_per_run}


@measure
def leftovers(
    runtime: Runtime, entry: str, agents: int = 5, runs: int = 20, batches: int = 4
) -> Figures:
    """Threads and descriptors that are there after `agents` were built, run and let go.

    The fewest of up to `batches`: a pool of threads grows when it happens to find none idle, by
    one now and then; what every agent leaves behind is there after each batch.
    """
    read = sources(int)

    def held(agents: int) -> tuple[int, int]:
        for _ in range(agents):
            drivers.repeat(runtime.agent(Model(Script(tool_rounds=1))), entry)(runs)
        settle()
        return read["threads"](), read["descriptors"]()

    seen = [held(1), held(agents)]
    while any(rises := _least_rises(seen)) and len(seen) <= batches:
        seen.append(held(agents))
    return {"threads": rises[0], "descriptors": rises[1]}


def _least_rises(seen: Sequence[tuple[int, int]]) -> list[int]:
    pairs = [pairwise(counts) for counts in zip(*seen, strict=True)]
    return [max(0, min(after - before for before, after in pair)) for pair in pairs]


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
