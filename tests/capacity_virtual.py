"""Whole searches for a capacity on a virtual clock."""

import argparse
import asyncio
import itertools

from load_virtual import outcome

from harness.instruments import virtual_clock
from harness.instruments.arrivals.engine import engine_for
from harness.tools.load import judge
from harness.tools.load.capacity.find import ERRORS, Found, Search
from harness.tools.load.target import Target

GIVEN = {
    "slo": judge.read("p95=300ms"),
    "budget": 150.0,
    "duration": 10.0,
    "warmup": 0.0,
    "drain": 10.0,
    **dict.fromkeys(("rate", "shape", "seed", "timeout", "cap", "users", "think", "requests")),
    **dict.fromkeys(("peak", "rates")),
}


def searched(call, stop_at=None, **given):
    """What a search finds on a call; stop_at: the load that is stopped by hand."""
    arguments = argparse.Namespace(**GIVEN | given)
    found = Found([*arguments.slo, ERRORS])
    loads = itertools.count()

    async def main():
        loop = asyncio.get_running_loop()

        async def make(plan):
            engine = engine_for(call, plan, loop.time)
            if next(loads) == stop_at:
                loop.call_later(0.5, engine.stop)
            await engine.run()
            return outcome(engine)

        target = Target("planted", lambda: None, is_here=False)
        await Search(target, arguments, found, make, clock=loop.time).all_of_it()
        found.seconds = loop.time()

    virtual_clock.run(main())
    return found
