"""What is profiled. No model latency is injected: a profile shows the framework's own work."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from functools import partial

from harness.instruments.counters.allocations import WARM_UP
from harness.instruments.work import (
    OnLoop,
    Work,
    building,
    check_requests,
    overlapping,
    running,
    stepping,
)
from harness.runtimes.base import Runtime

TOOL_ROUNDS = 3
"""Tool calls of a run in the scenario `tools`."""


class Scenario:
    """One work through one of drivers.ENTRIES; at_once: runs that are under way together."""

    def __init__(self, work: Work, entry: str) -> None:
        self.entry = entry
        self.at_once = work.at_once
        self._work = work
        self._made = 0

    def run(self, runs: int) -> None:
        """Make `runs` runs, each checked; raises what a run raises, RunFailed or WrongReply."""
        self._work.run(runs)
        self._made += runs
        check_requests(self._work.model, self._made * self._work.parts)


def _build(runtime: Runtime, entry: str, on_loop: OnLoop) -> Work:
    """Building, once it is seen that what is built works."""
    Scenario(running(runtime, entry, 1, on_loop), entry).run(1)
    return building(runtime)


SCENARIOS: dict[str, Callable[..., Work]] = {
    "reply": running,
    "tools": partial(running, tool_rounds=TOOL_ROUNDS),
    "build": _build,
    "workflow": stepping,
    "concurrent": overlapping,
}


@contextlib.contextmanager
def warm(scenario: str, runtime: Runtime, entry: str) -> Iterator[Scenario]:
    """One of SCENARIOS after its first runs, and an event loop for those of asyncio.

    The loop is made once, so that what a run costs does not contain it, unless the framework
    makes loops of its own.
    """
    # No asyncio.Runner: it handles signals anew each time, which would be profiled.
    loop = asyncio.new_event_loop()
    try:
        work = SCENARIOS[scenario](runtime, entry, on_loop=loop.run_until_complete)
        made = Scenario(work, entry)
        made.run(WARM_UP)
        yield made
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
