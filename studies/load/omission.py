"""Coordinated omission, shown: the same server, stalled once, under an open and a closed loop.

A server of one slot answers in 5 ms. 100 requests a second arrive for ten seconds; after four,
the server stands still for one second. `python -m studies.load.omission` measures what each kind
of load reports (20 seconds).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from harness.common.numbers import number, quantity
from harness.common.options import progress
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.rendering.tables import markdown
from harness.tools.load.figures import STATISTICS, Measured
from harness.tools.load.run import Outcome, run
from harness.tools.load.target import Target
from harness.workload import schedules
from studies import command

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


def plans() -> dict[str, Plan]:
    """The same load both ways: by schedule, and by a user who sends as often while all is well."""
    due = schedules.constant(RATE, SECONDS)
    user = Closed(users=1, duration=SECONDS, think=1 / RATE - SERVICE)
    return {"open": Plan(Open(due, SECONDS)), "closed": Plan(user)}


def figures(outcome: Outcome) -> dict[str, Any]:
    """What a load reports: requests, and percentiles of latency in seconds."""
    latencies = Measured(outcome).latencies
    return {"requests": len(latencies)} | {name: STATISTICS[name](latencies) for name in FIGURES}


def measure(arguments: argparse.Namespace) -> command.Document:
    """Both loads in real time, one after the other, as kept in docs/load-data/omission.json."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Server]:
        yield Server(asyncio.get_running_loop().time)

    target = Target("one slot", opened)
    progress(f"a stall of {STALL:g} s; both loads take {2 * SECONDS:g} s")
    settings = {"rate": RATE, "seconds": SECONDS, "service": SERVICE, "stall": STALL}
    made = {loop: run(target, plan) for loop, plan in plans().items()}
    found = {loop: figures(outcome) for loop, outcome in made.items()}
    return {"settings": settings, "event_loop": made["open"].event_loop, "loops": found}


def table(found: dict[str, Any]) -> list[str]:
    """Lines of a Markdown table of what `measure` returned."""
    rows = [
        [f"{loop} loop", number(row["requests"]), *(quantity(row[n], "seconds") for n in FIGURES)]
        for loop, row in found["loops"].items()
    ]
    return markdown(["", "requests", *FIGURES], rows)[:-1]


def main(argv: Sequence[str] | None = None) -> int:
    """See `command.main`."""
    parser = command.parser("studies.load.omission", str(__doc__))
    return command.main(parser, measure, lambda found: "\n".join(table(found)), argv)


if __name__ == "__main__":
    sys.exit(main())
