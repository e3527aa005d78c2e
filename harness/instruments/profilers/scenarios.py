"""What is profiled. No model latency is injected: a profile shows the framework's own work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from harness.instruments.arrivals import drivers
from harness.instruments.work import (
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
    """Context manager around one work and, for asyncio, one event loop.

    The loop is made once, so that what a run costs does not contain it, unless the framework
    makes loops of its own.
    """

    def __init__(self, make: Callable[..., Work], runtime: Runtime, entry: str) -> None:
        self.entry = entry
        self._runtime = runtime
        self._work = make(runtime, entry, on_loop=self._on_loop)
        self.at_once = self._work.at_once
        self._loop: asyncio.AbstractEventLoop | None = None
        self._made = 0

    def _on_loop(self, work: Coroutine[Any, Any, Any]) -> Any:
        assert self._loop is not None
        return self._loop.run_until_complete(work)

    def __enter__(self) -> Scenario:
        if self.entry == "asyncio":
            # No asyncio.Runner: it handles signals anew each time, which would be profiled.
            self._loop = asyncio.new_event_loop()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._loop is not None:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def run(self, runs: int) -> None:
        """Make `runs` runs, each checked; raises what a run raises, RunFailed or WrongReply."""
        self._work.run(runs)
        self._made += runs
        check_requests(self._work.model, self._made * self._work.parts)

    def verify(self) -> None:
        """Check after the measurement that what was only built works."""
        if not self._work.parts:
            model = self._work.model
            drivers.repeat(self._runtime.agent(model), self.entry, self._on_loop)(1)
            check_requests(model, 1)


def _build(runtime: Runtime, entry: str, on_loop: object) -> Work:
    return building(runtime)


SCENARIOS: dict[str, Callable[[Runtime, str], Scenario]] = {
    "reply": partial(Scenario, running),
    "tools": partial(Scenario, partial(running, tool_rounds=TOOL_ROUNDS)),
    "build": partial(Scenario, _build),
    "workflow": partial(Scenario, stepping),
    "concurrent": partial(Scenario, overlapping),
}
"""Scenario by name: called with a runtime and one of drivers.ENTRIES."""
