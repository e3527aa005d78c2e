"""Loads on a virtual clock: exact, and over in no time."""

import asyncio

from harness.instruments import virtual_clock
from harness.instruments.arrivals.engine import engine_for
from harness.instruments.arrivals.plan import Open, Plan
from harness.tools.load.run import Outcome


def drive(call, plan, meanwhile=None):
    """The engine after a whole load; `meanwhile(engine)` runs beside it as a task."""

    async def main():
        engine = engine_for(call, plan, asyncio.get_running_loop().time)
        beside = asyncio.create_task(meanwhile(engine)) if meanwhile else None
        await engine.run()
        if beside is not None:
            beside.cancel()
        return engine

    return virtual_clock.run(main())


def outcome(engine):
    """What the load left, without samples of the process."""
    return Outcome(engine.plan, engine.records, [], engine.cap, engine.peak, engine.stopped_at)


def opened(due, duration, **limits):
    """A plan of an open loop."""
    return Plan(Open(due, duration), **limits)


class Slots:
    """A server of so many slots; request `stalls[i]` takes so much longer."""

    def __init__(self, slots, seconds, stalls=None):
        self.gate = asyncio.Semaphore(slots)
        self.seconds = seconds
        self.stalls = stalls or {}

    async def __call__(self, request):
        async with self.gate:
            await asyncio.sleep(self.seconds + self.stalls.get(request, 0.0))


def sleeping(seconds):
    """A request that takes so long."""

    async def call(request):
        await asyncio.sleep(seconds)

    return call
