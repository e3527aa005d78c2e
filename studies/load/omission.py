"""Coordinated omission, shown: the same server, stalled once, under an open and a closed loop.

A server of one slot answers in 5 ms. 100 requests a second arrive for ten seconds; after four,
the server stands still for one second. On a virtual clock, so that what each kind of load reports
is exact.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from harness.common.numbers import number, quantity
from harness.instruments import virtual_clock
from harness.instruments.arrivals.engine import engine_for
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.rendering.tables import markdown
from harness.tools.load.figures import STATISTICS, Measured
from harness.tools.load.run import Outcome
from harness.workload import schedules

RATE = 100.0
SECONDS = 10.0
SERVICE = 0.005
STALL_AT = 4.0
STALL = 1.0

FIGURES = ("p50", "p95", "p99", "max")


class Server:
    """One slot; one of its answers, the first after STALL_AT seconds, takes STALL longer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slot = asyncio.Semaphore(1)
        self._stall_at = clock() + STALL_AT

    async def __call__(self, request: int) -> None:
        """Answer one request when it is its turn."""
        async with self._slot:
            seconds = SERVICE
            if self._clock() >= self._stall_at:
                self._stall_at = float("inf")
                seconds += STALL
            await asyncio.sleep(seconds)


def loops() -> dict[str, dict[str, Any]]:
    """What the same load reports both ways: requests, and percentiles of latency in seconds.

    By schedule, and by a user who sends as often while all is well.
    """
    due = schedules.constant(RATE, SECONDS)
    user = Closed(users=1, duration=SECONDS, think=1 / RATE - SERVICE)
    plans = {"open": Plan(Open(due, SECONDS)), "closed": Plan(user)}
    return {loop: virtual_clock.run(_figures(plan)) for loop, plan in plans.items()}


async def _figures(plan: Plan) -> dict[str, Any]:
    clock = asyncio.get_running_loop().time
    engine = engine_for(Server(clock), plan, clock)
    await engine.run()
    latencies = Measured(Outcome(plan, engine.records)).latencies
    return {"requests": len(latencies)} | {name: STATISTICS[name](latencies) for name in FIGURES}


def table() -> list[str]:
    """Lines of a Markdown table of `loops`."""
    rows = [
        [f"{loop} loop", number(row["requests"])]
        + [quantity(round(row[name], 6), "seconds") for name in FIGURES]
        for loop, row in loops().items()
    ]
    return markdown(["", "requests", *FIGURES], rows)[:-1]
