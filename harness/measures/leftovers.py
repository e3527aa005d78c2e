"""Measures of what outlives its use: agents, memory, threads; and of a blocked event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import psutil

from harness.instruments.arrivals import drivers
from harness.instruments.event_loop.health import Health
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.event_loop.plain_tool import plain_tool
from harness.instruments.leaks.outliving import outlived
from harness.instruments.leaks.scenarios import owned, repeated
from harness.instruments.leaks.study import QUICK, find_leak
from harness.instruments.memory import settle
from harness.instruments.work import arriving
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload.model import Model
from harness.workload.script import Script


@measure
def leak(runtime: Runtime, entry: str) -> Figures:
    """Bytes of Python memory that each further run keeps, as the verb `leaks` tells them."""
    return {"bytes_per_run": find_leak(repeated(runtime, "run", entry), plan=QUICK).bytes_per_run}


USES = {"agents": "build", "workflows": "workflow", "runs": "tools"}
"""What is used and let go, and the scenario of that."""


@measure
def outliving(runtime: Runtime, entry: str, what: str) -> Figures:
    """What is left of 20 uses: see `outlived`. A run is one of two tool rounds on an agent that
    stays."""
    found = outlived(repeated(runtime, USES[what], entry), owned(runtime))
    return {
        "alive": float(found.alive),
        "tasks": float(found.tasks),
        "cyclic_objects": found.cyclic,
    }


@measure
def leftovers(
    runtime: Runtime, entry: str, agents: int = 5, runs: int = 20, batches: int = 4
) -> Figures:
    """Threads and descriptors that are there after `agents` were built, run and let go.

    The fewest of up to `batches`: a pool of threads grows when it happens to find none idle, by
    one now and then; what every agent leaves behind is there after each batch.
    """
    process = psutil.Process()

    def held(agents: int) -> tuple[int, int]:
        for _ in range(agents):
            drivers.repeat(runtime.agent(Model(Script(tool_rounds=1))), entry)(runs)
        settle()
        return process.num_threads(), process.num_fds()

    seen = [held(1), held(agents)]
    while any(rises := _least_rises(seen)) and len(seen) <= batches:
        seen.append(held(agents))
    return {"threads": rises[0], "descriptors": rises[1]}


def _least_rises(seen: Sequence[tuple[int, int]]) -> list[int]:
    pairs = [pairwise(counts) for counts in zip(*seen, strict=True)]
    return [max(0, min(after - before for before, after in pair)) for pair in pairs]


@measure
def blocked_loop(runtime: Runtime, entry: str, count: int = 50) -> Figures:
    """Longest lateness of the heartbeat during runs in seconds, and blocks, as `event-loop` has it.

    blocks: how often a callback kept the loop from turning for 50 ms. `entry` is asyncio.
    """

    async def watched() -> Health:
        work = await arriving(runtime, count)
        async with Heartbeat() as heartbeat:
            await work()
        return heartbeat.health

    health = asyncio.run(watched())
    return {"longest_block": health.late(100), "blocks": len(health.blocks)}


@measure
def blocked_by_tool(runtime: Runtime, entry: str) -> Figures:
    """Calls of a plain `def` tool in which the loop stood still, as `event-loop` has it.

    `entry` is asyncio.
    """
    return {"blocks": float(asyncio.run(plain_tool(runtime)).blocks)}
