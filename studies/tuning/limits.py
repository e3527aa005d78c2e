"""Advice on limits: how many runs are under way when the model server has few slots."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from harness.common.stats import percentile
from harness.instruments.arrivals import drivers
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload.model import RemoteModel
from harness.workload.script import Constant, Script
from studies.tuning.experiment import Figure, Figures, Sides, experiment
from studies.tuning.program import Program, needs_asyncio

SLOTS = 4
REQUESTS = 40
LATENCY = 0.02
BOUND = 8
PAUSE = LATENCY
"""Seconds before a rejected run is tried again."""


class Gate(Agent):
    """At most `limit` runs of an agent at once. A run rejected with 429 is made again later.

    in_flight: seconds of each run from the moment it was let in.
    """

    def __init__(self, agent: Agent, limit: int) -> None:
        self._agent = agent
        self._semaphore = asyncio.Semaphore(limit)
        self.in_flight: list[float] = []

    async def arun(self, prompt: str) -> str:
        async with self._semaphore:
            begin = time.perf_counter()
            while True:
                try:
                    reply = await self._agent.arun(prompt)
                    break
                except Exception as error:
                    if not _rejected(error):
                        raise
                await asyncio.sleep(PAUSE)
            self.in_flight.append(time.perf_counter() - begin)
            return reply


def _rejected(error: BaseException | None) -> bool:
    """Whether the error, or one that caused it, says 429; clients call it by two names."""
    while error is not None:
        if 429 in (getattr(error, "status_code", None), getattr(error, "status", None)):
            return True
        error = error.__cause__ or error.__context__
    return False


@dataclass(frozen=True)
class Flood:
    """What became of all requests at once. in_flight: see Gate; asked: model calls they took."""

    batch: drivers.Batch
    in_flight: list[float]
    asked: int


def _flood(runtime: Runtime, server: ModelServer, script: Script, limit: int) -> Flood:
    """All requests at once, on a new agent with new connections; each must be answered once."""
    server.clear()
    agent = runtime.agent(RemoteModel(script, server.url))

    async def work(gate: Gate) -> drivers.Batch:
        return await drivers.aconcurrent(gate, script, range(REQUESTS))

    with Program() as program:
        gate = Gate(agent, limit)
        batch = program.on_loop(work(gate)).ensure_ok()
    journal = server.journal()
    asked = journal["requests"] + journal["unfinished"]
    if (answered := asked - journal["totals"].get("rejected", 0)) != REQUESTS:
        raise RunFailed(f"the server gave {answered} answers to {REQUESTS} runs")
    return Flood(batch, gate.in_flight, asked)


def _peak(runtime: Runtime, server: ModelServer, script: Script, limit: int) -> float:
    """Bytes that Python allocated at the peak of a flood, beyond those before. It is not timed."""
    tracemalloc.start()
    try:
        _flood(runtime, server, script, limit)
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def _has_client(runtime: Runtime, server: ModelServer) -> None:
    """Raises NotImplementedError where the agents cannot ask a server."""
    needs_asyncio(runtime)
    runtime.agent(RemoteModel(Script(), server.url))


@experiment(
    "bounded-queue",
    "Bound what is under way: a model server that makes requests wait",
    f"all {REQUESTS} at once",
    f"asyncio.Semaphore({BOUND})",
    Figure("in_flight", "p99 from sending to reply"),
    Figure("from_start", "p99 from when it was wanted to reply"),
    Figure("seconds", f"time of {REQUESTS} runs"),
    Figure("bytes", "peak memory that the runs take", "bytes"),
    rounds=7,
)
def queued(runtime: Runtime) -> Iterator[Sides]:
    """A server with 4 slots and 20 ms a call, in which any further request waits its turn."""
    script = Script(latency=Constant(LATENCY))

    def side(limit: int) -> Figures:
        flood = _flood(runtime, server, script, limit)
        return {
            "in_flight": percentile(flood.in_flight, 99),
            "from_start": percentile(flood.batch.latencies, 99),
            "seconds": flood.batch.wall,
            "bytes": _peak(runtime, server, script, limit),
        }

    with ModelServer(script, slots=SLOTS) as server:
        _has_client(runtime, server)
        yield partial(side, REQUESTS), partial(side, BOUND)


@experiment(
    "bounded-reject",
    "Bound what is under way: a model server that rejects with 429",
    f"all {REQUESTS} at once",
    f"asyncio.Semaphore({SLOTS})",
    Figure("requests", "model requests for one reply", "count"),
    Figure("cpu_seconds", "CPU time for one reply"),
    Figure("seconds", f"time until all {REQUESTS} have a reply"),
    rounds=9,
)
def rejected(runtime: Runtime) -> Iterator[Sides]:
    """The same server, but what finds no free slot is rejected, and asked again 20 ms later."""
    script = Script(latency=Constant(LATENCY))

    def side(limit: int) -> Figures:
        flood = _flood(runtime, server, script, limit)
        return {
            "requests": flood.asked / REQUESTS,
            "cpu_seconds": flood.batch.cpu / REQUESTS,
            "seconds": flood.batch.wall,
        }

    with ModelServer(script, slots=SLOTS, reject=True) as server:
        _has_client(runtime, server)
        yield partial(side, REQUESTS), partial(side, SLOTS)
