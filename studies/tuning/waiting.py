"""Advice on waiting: what overlaps, how much of it at once, and what stops the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from harness.common.stats import percentile
from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.kinds import check_reply, kind_of
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.memory import PeakMeter, traced
from harness.instruments.work import model_of
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload.model import RemoteModel
from harness.workload.script import Constant, Script, prompt_of, reply_of
from studies.tuning.rounds import Figures, Sides, entry_of

LATENCY = 0.01
RUNS = 20

SLOTS = 4
REQUESTS = 40
SERVED = Script(latency=Constant(0.02))
PAUSE = 0.02
"""Seconds before a rejected run is made again."""


def overlapped(runtime: Runtime) -> Iterator[Sides]:
    """Runs that each wait 10 ms for the model, one by one against all at once."""
    model = model_of(LATENCY)
    agent = runtime.agent(model)

    def side(drive: Callable[..., drivers.Batch]) -> Figures:
        batch = drive(agent, model.script, "asyncio", range(RUNS)).ensure_ok()
        return {"seconds": batch.wall, "cpu_seconds": batch.cpu / RUNS}

    yield partial(side, drivers.one_by_one), partial(side, drivers.concurrent)


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
                    if kind_of(error) != "http 429":
                        raise
                await asyncio.sleep(PAUSE)
            self.in_flight.append(time.perf_counter() - begin)
            return reply


def bounded(runtime: Runtime, bound: int, reject: bool) -> Iterator[Sides]:
    """A server with 4 slots and 20 ms a call, where any further request waits its turn.

    reject: what finds no free slot is rejected, and asked again 20 ms later.
    """
    with ModelServer(SERVED, slots=SLOTS, reject=reject) as server:

        def flood(limit: int) -> Figures:
            """All requests at once, on a new agent with new connections."""
            server.clear()
            gate = Gate(runtime.agent(RemoteModel(SERVED, server.url)), limit)
            batch = drivers.concurrent(gate, SERVED, "asyncio", range(REQUESTS)).ensure_ok()
            journal = server.journal()
            asked = journal["requests"] + journal["unfinished"]
            if (answered := asked - journal["totals"].get("rejected", 0)) != REQUESTS:
                raise RunFailed(f"the server gave {answered} answers to {REQUESTS} runs")
            if reject:
                figures = {"requests": asked / REQUESTS, "cpu_seconds": batch.cpu / REQUESTS}
            else:
                both = {"in_flight": gate.in_flight, "from_start": batch.latencies}
                figures = {name: percentile(took, 99) for name, took in both.items()}
            return figures | {"seconds": batch.wall}

        def side(limit: int) -> Figures:
            figures = flood(limit)
            if not reject:
                with traced(), (meter := PeakMeter()):  # another one, because that is not timed
                    flood(limit)
                figures["bytes"] = float(meter.peaks[0])
            return figures

        yield partial(side, REQUESTS), partial(side, bound)


def off_the_loop(runtime: Runtime) -> Iterator[Sides]:
    """Each request makes one call that blocks for 5 ms.

    That call is a query of the program's own before the agent runs; where the agent has no
    asyncio entry point it is the agent itself, waiting for its model.
    """
    agent = runtime.agent(model_of(LATENCY / 2))
    own = entry_of(runtime) == "threads"

    async def in_place(function: Callable[..., str], *arguments: object) -> str:
        return function(*arguments)

    async def ask(call: Callable[..., Awaitable[object]], request: int) -> None:
        prompt = prompt_of(request)
        blocked = await (call(agent.run, prompt) if own else call(time.sleep, LATENCY / 2))
        check_reply(blocked if own else await agent.arun(prompt), reply_of(request))

    async def service(call: Callable[..., Awaitable[object]]) -> Figures:
        async with Heartbeat() as heartbeat:
            begin = time.perf_counter()
            await asyncio.gather(*(ask(call, request) for request in range(RUNS)))
            seconds = time.perf_counter() - begin
        return {"longest": max(heartbeat.health.lateness), "seconds": seconds}

    with asyncio.Runner() as runner:  # keeps its threads, as a service does
        yield (
            lambda: runner.run(service(in_place)),
            lambda: runner.run(service(asyncio.to_thread)),
        )
