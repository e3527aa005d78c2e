"""Advice on waiting: what overlaps, and what keeps the event loop from turning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from harness.instruments.arrivals import drivers
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.work import model_of
from harness.runtimes.base import Runtime
from harness.workload.script import prompt_of
from studies.tuning.experiment import Figure, Figures, Sides, experiment
from studies.tuning.program import Program, check, entry_of, needs_asyncio

LATENCY = 0.01
REQUESTS = 20


@experiment(
    "asyncio",
    "Run independent requests at the same time",
    "one after another",
    "asyncio.gather",
    Figure("seconds", f"time of {REQUESTS} runs"),
    Figure("cpu_seconds", "CPU time of one run"),
    rounds=11,
)
def overlapped(runtime: Runtime) -> Iterator[Sides]:
    """Runs that each wait 10 ms for the model, one by one against all at once."""
    needs_asyncio(runtime)
    model = model_of(LATENCY)
    agent = runtime.agent(model)

    def side(drive: Callable[..., Awaitable[drivers.Batch]]) -> Figures:
        async def work() -> drivers.Batch:
            return await drive(agent, model.script, range(REQUESTS))

        batch = asyncio.run(work()).ensure_ok()
        return {"seconds": batch.wall, "cpu_seconds": batch.cpu / REQUESTS}

    yield partial(side, drivers.asequential), partial(side, drivers.aconcurrent)


@experiment(
    "to-thread",
    "Keep blocking calls off the event loop",
    "called in the coroutine",
    "asyncio.to_thread",
    Figure("longest", "longest time the loop stood still"),
    Figure("seconds", f"time of {REQUESTS} concurrent requests"),
)
def off_the_loop(runtime: Runtime) -> Iterator[Sides]:
    """Each request makes one call that blocks for 5 ms.

    That call is a query of the program's own before the agent runs; where the agent has no
    asyncio entry point it is the agent itself, waiting for its model.
    """
    agent = runtime.agent(model_of(LATENCY / 2))
    own = entry_of(runtime) == "threads"

    async def blocking(request: int) -> str:
        if own:
            return agent.run(prompt_of(request))
        time.sleep(LATENCY / 2)
        return await agent.arun(prompt_of(request))

    async def threaded(request: int) -> str:
        if own:
            return await asyncio.to_thread(agent.run, prompt_of(request))
        await asyncio.to_thread(time.sleep, LATENCY / 2)
        return await agent.arun(prompt_of(request))

    async def service(handle: Callable[[int], Awaitable[str]]) -> Figures:
        async with Heartbeat() as heartbeat:
            begin = time.perf_counter()
            replies = await asyncio.gather(*(handle(request) for request in range(REQUESTS)))
            seconds = time.perf_counter() - begin
        for request, reply in enumerate(replies):
            check(reply, request)
        return {"longest": max(heartbeat.health.lateness), "seconds": seconds}

    with Program() as program:
        yield (
            lambda: program.on_loop(service(blocking)),
            lambda: program.on_loop(service(threaded)),
        )
