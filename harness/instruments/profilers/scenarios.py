"""What is profiled: a scenario makes runs of a runtime, and checks every one of them.

A run that fails, returns another reply than its own, or asks the model more or less often than
the script says is an error: a profile of it would show what failing costs. No model latency is
injected, so what a profile shows is the framework's own work.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from harness.instruments.arrivals import drivers
from harness.instruments.work import check_outputs, check_requests
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload import dag as dags
from harness.workload.model import Model
from harness.workload.script import Script, prompt_of

AT_ONCE = 10
"""Runs at the same moment in the scenario `concurrent`."""

TOOL_ROUNDS = 3
"""Tool calls of a run in the scenario `tools`."""

SHAPE = "diamond"
"""The workflow of the scenario `workflow`."""


class Scenario(ABC):
    """Context manager around one agent (or workflow) and, for asyncio, one event loop.

    The loop is made once, so that what a run costs does not contain it, unless the framework
    makes loops of its own.
    """

    at_once = 1
    """Runs at the same moment."""

    def __init__(self, runtime: Runtime, entry: str) -> None:
        self.runtime, self.entry = runtime, entry
        self._loop: asyncio.AbstractEventLoop | None = None

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
        if self._loop is not None:
            self._loop.run_until_complete(self.arepeat(runs))
        else:
            self.repeat(runs)

    def verify(self) -> None:  # noqa: B027 (most scenarios check each run where it is made)
        """Check after the measurement what could not be checked within it."""

    @abstractmethod
    def repeat(self, runs: int) -> None:
        """The runs in the calling thread."""

    @abstractmethod
    async def arepeat(self, runs: int) -> None:
        """The runs on the running event loop."""


class Runs(Scenario):
    """One run after another on one agent."""

    def __init__(self, runtime: Runtime, entry: str, tool_rounds: int = 0) -> None:
        super().__init__(runtime, entry)
        self.model = Model(Script(tool_rounds=tool_rounds))
        self.agent = runtime.agent(self.model)
        self.made = 0

    def repeat(self, runs: int) -> None:
        run, prompt, reply = self.agent.run, prompt_of(1), self.model.script.reply(1)
        for _ in range(runs):
            if (got := run(prompt)) != reply:
                raise drivers.WrongReply(f"expected {reply!r}, got {got!r}")
        self._count(runs)

    async def arepeat(self, runs: int) -> None:
        run, prompt, reply = self.agent.arun, prompt_of(1), self.model.script.reply(1)
        for _ in range(runs):
            if (got := await run(prompt)) != reply:
                raise drivers.WrongReply(f"expected {reply!r}, got {got!r}")
        self._count(runs)

    def _count(self, runs: int) -> None:
        self.made += runs
        check_requests(self.model, self.made)


class Concurrent(Runs):
    """Runs on one agent, AT_ONCE at the same moment: a thread each, or a task each."""

    at_once = AT_ONCE

    def _groups(self, runs: int) -> list[range]:
        return [range(min(AT_ONCE, runs - first)) for first in range(0, runs, AT_ONCE)]

    def repeat(self, runs: int) -> None:
        for group in self._groups(runs):
            drivers.threads(self.agent, self.model.script, group).ensure_ok()
        self._count(runs)

    async def arepeat(self, runs: int) -> None:
        for group in self._groups(runs):
            (await drivers.aconcurrent(self.agent, self.model.script, group)).ensure_ok()
        self._count(runs)


class Builds(Scenario):
    """A run builds one agent with a tool; the last one built must work."""

    def __init__(self, runtime: Runtime, entry: str) -> None:
        super().__init__(runtime, entry)
        self.script = Script(tool_rounds=1)
        self.model = Model(self.script)
        self.agent: Agent | None = None

    def repeat(self, runs: int) -> None:
        for _ in range(runs):
            self.agent = self.runtime.agent(self.model)

    async def arepeat(self, runs: int) -> None:
        self.repeat(runs)

    def verify(self) -> None:
        if self.agent is None:
            raise RunFailed("no agent was built")
        if self._loop is not None:
            batch = self._loop.run_until_complete(
                drivers.asequential(self.agent, self.script, range(1))
            )
        else:
            batch = drivers.sequential(self.agent, self.script, range(1))
        batch.ensure_ok()
        check_requests(self.model, 1)


class Workflows(Scenario):
    """A run is one run of the workflow SHAPE, every step's reply checked."""

    def __init__(self, runtime: Runtime, entry: str) -> None:
        super().__init__(runtime, entry)
        self.dag = dags.shape(SHAPE)
        self.model = Model(self.dag.script())
        self.workflow = runtime.workflow(self.dag, self.model)
        self.made = 0

    def repeat(self, runs: int) -> None:
        for _ in range(runs):
            check_outputs(self.workflow.run(), self.dag)
        self._count(runs)

    async def arepeat(self, runs: int) -> None:
        for _ in range(runs):
            check_outputs(await self.workflow.arun(), self.dag)
        self._count(runs)

    def _count(self, runs: int) -> None:
        self.made += runs
        check_requests(self.model, self.made * len(self.dag.steps))


def _tools(runtime: Runtime, entry: str) -> Scenario:
    return Runs(runtime, entry, TOOL_ROUNDS)


SCENARIOS: dict[str, Callable[[Runtime, str], Scenario]] = {
    "reply": Runs,
    "tools": _tools,
    "build": Builds,
    "workflow": Workflows,
    "concurrent": Concurrent,
}
"""Scenario by name: called with a runtime and one of drivers.ENTRIES."""
