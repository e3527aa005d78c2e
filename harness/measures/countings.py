"""Counted measures of building, running and workflows. Exact and repeatable.

Model latency is always zero here: a real sleep makes the number of event-loop turns, and so
the count, depend on the clock.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from harness.instruments.arrivals.drivers import repeat, turns
from harness.instruments.counters.allocations import peak_per_run, retained_per_run
from harness.instruments.counters.counts import (
    Executed,
    calls_by_function,
    executed,
    requests_per_run,
)
from harness.instruments.counters.functions import Located
from harness.instruments.memory import PeakMeter
from harness.instruments.work import Work, building, model_of, running, stepping
from harness.measures import Figures, measure, valgrind
from harness.runtimes.base import Agent, Runtime
from harness.workload.model import Model
from harness.workload.script import Script


class Counted:
    """Work that is counted, by its parts."""

    def __init__(self, work: Work) -> None:
        self.run, self._model, self._parts = work.run, work.model, work.parts or 1

    @functools.cached_property
    def executed(self) -> Executed:
        """Counted once for calls and lines."""
        return executed(self.run)

    def calls(self) -> Located:
        """Calls and model requests of a part, and the calls of the whole by function."""
        functions = self.executed.calls()
        return Located(
            {"calls": functions.total() / self._parts, "requests": self.requests()}, functions
        )

    def requests(self) -> float:
        """Model requests of a part."""
        return requests_per_run(self.run, lambda: self._model.requests) / self._parts

    def lines(self) -> Located:
        """Lines of a part, and those of the whole by function."""
        functions = self.executed.lines()
        return Located({"lines": functions.total() / self._parts}, functions)


@functools.lru_cache(maxsize=4)
def _counted(make: Callable[..., Work], *what: object) -> Counted:
    """Remembered, because a worker asks for the calls and then for the lines of the same work."""
    return Counted(make(*what))


@measure
def calls_build(runtime: Runtime) -> Figures:
    """Python calls and model requests of building one agent with a tool."""
    figures = _counted(building, runtime).calls()
    # Counted apart, on one model: the calls include making a model, as the seconds do.
    figures["requests"] = _counted(building, runtime, Model(Script(tool_rounds=1))).requests()
    return figures


@measure
def calls_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Python calls of one run, all threads, and its model requests, however many."""
    return _counted(running, runtime, entry, tool_rounds).calls()


@measure
def calls_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Python calls and model requests of one workflow run, divided by its steps."""
    return _counted(stepping, runtime, entry, shape).calls()


@measure
def calls_guarded_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """The same with the framework's policy checks as it ships them."""
    return Counted(stepping(runtime, entry, shape, guarded=True)).calls()


@measure
def lines_build(runtime: Runtime) -> Figures:
    """Lines of Python executed to build one agent with a tool."""
    return _counted(building, runtime).lines()


@measure
def lines_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Lines of Python executed by one run, all threads."""
    return _counted(running, runtime, entry, tool_rounds).lines()


@measure
def lines_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Lines of Python executed by one workflow run, divided by its steps."""
    return _counted(stepping, runtime, entry, shape).lines()


class _Metered(Agent):
    """An agent whose every run is made inside `meter`, on the event loop as in a thread."""

    def __init__(self, agent: Agent, meter: AbstractContextManager[None]) -> None:
        self._agent, self._meter = agent, meter

    def run(self, prompt: str) -> str:
        with self._meter:
            return self._agent.run(prompt)

    async def arun(self, prompt: str) -> str:
        with self._meter:
            return await self._agent.arun(prompt)


@measure
def peak_build(runtime: Runtime) -> Figures:
    """Bytes that building an agent takes at its peak."""
    work, meter = building(runtime), PeakMeter()

    def metered(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            with meter:
                work.run(1)

    return {"peak_bytes": peak_per_run(work.run, metered, meter)}


@measure
def peak_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Bytes that one run takes at its peak."""
    agent, meter = runtime.agent(model_of(0.0, tool_rounds)), PeakMeter()
    metered = repeat(_Metered(agent, meter), entry)
    return {"peak_bytes": peak_per_run(repeat(agent, entry), metered, meter)}


@measure
def retained_build(runtime: Runtime) -> Figures:
    """Bytes that are left when a built agent is dropped."""
    return {"retained_bytes": retained_per_run(building(runtime).run)}


@measure
def retained_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Bytes that one run leaves behind."""
    return {"retained_bytes": retained_per_run(running(runtime, entry, tool_rounds).run)}


@measure
def instructions_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Machine instructions of one run under valgrind, where that was asked for."""
    return valgrind.per_run("instructions", runtime, entry, tool_rounds)


@measure
def allocations_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Blocks and bytes that one run allocates, freed again or not, where that was asked for."""
    return valgrind.per_run("allocations", runtime, entry, tool_rounds)


@measure
def calls_shipped(runtime: Runtime, agent: str) -> Located:
    """Python calls of one run of an agent the framework ships."""
    shipped = runtime.shipped(agent)
    if shipped.threaded:
        raise NotImplementedError(
            f"{agent} races threads of its own: its calls have no exact count"
        )

    def run(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            shipped.check(shipped.call())

    functions = calls_by_function(run)
    return Located({"calls": float(functions.total())}, functions)
