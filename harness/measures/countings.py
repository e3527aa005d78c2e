"""Counted measures of building, running and workflows. Exact and repeatable.

Model latency is always zero here: a real sleep makes the number of event-loop turns, and so
the count, depend on the clock.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable
from contextlib import AbstractContextManager

from harness.instruments.arrivals.drivers import repeat, turns
from harness.instruments.counters.allocations import memory_per_run
from harness.instruments.counters.counts import (
    Batch,
    Executed,
    calls_by_function,
    executed,
    requests_per_run,
)
from harness.instruments.counters.functions import Located
from harness.instruments.memory import PeakMeter
from harness.instruments.work import check_outputs, model_of
from harness.measures import Figures, measure, valgrind
from harness.runtimes.base import Agent, Runtime
from harness.workload import dag as dags
from harness.workload.model import Model
from harness.workload.script import Script


class Work:
    """What is counted: `run(runs)` does it on `model`, in `parts` equal parts each."""

    def __init__(self, run: Batch, model: Model, parts: int = 1) -> None:
        self.run, self.model, self.parts = run, model, parts

    @functools.cached_property
    def executed(self) -> Executed:
        """Counted once for calls and lines."""
        return executed(self.run)

    def calls(self) -> Located:
        """Calls and model requests of a part, and the calls of the whole by function."""
        functions = self.executed.calls()
        return Located(
            {"calls": functions.total() / self.parts, "requests": self.requests()}, functions
        )

    def requests(self) -> float:
        """Model requests of a part."""
        return requests_per_run(self.run, lambda: self.model.requests) / self.parts

    def lines(self) -> Located:
        """Lines of a part, and those of the whole by function."""
        functions = self.executed.lines()
        return Located({"lines": functions.total() / self.parts}, functions)


# Remembered, because a worker asks for the calls and then for the lines of the same work.
_remembered = functools.lru_cache(maxsize=4)


@_remembered
def _build(runtime: Runtime, model: Model | None = None) -> Work:
    """Building on `model`; on a model of its own each time without one."""
    script = Script(tool_rounds=1)

    def run(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            runtime.agent(model or Model(script))

    return Work(run, model or Model(script))


@_remembered
def _run(runtime: Runtime, entry: str, tool_rounds: int) -> Work:
    model = model_of(0.0, tool_rounds)
    return Work(repeat(runtime.agent(model), entry), model)


@_remembered
def _step(runtime: Runtime, entry: str, shape: str) -> Work:
    dag = dags.shape(shape)
    model = Model(dag.script())
    workflow = runtime.workflow(dag, model)

    async def arun(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            check_outputs(await workflow.arun(), dag)

    def run(runs: int | Iterable[object]) -> None:
        if entry == "asyncio":
            asyncio.run(arun(runs))
        else:
            for _ in turns(runs):
                check_outputs(workflow.run(), dag)

    return Work(run, model, len(dag.steps))


@measure
def calls_build(runtime: Runtime) -> Figures:
    """Python calls and model requests of building one agent with a tool."""
    figures = _build(runtime).calls()
    # Counted apart, on one model: the calls include making a model, as the seconds do.
    figures["requests"] = _build(runtime, Model(Script(tool_rounds=1))).requests()
    return figures


@measure
def calls_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Python calls of one run, all threads, and its model requests, however many."""
    return _run(runtime, entry, tool_rounds).calls()


@measure
def calls_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Python calls and model requests of one workflow run, divided by its steps."""
    return _step(runtime, entry, shape).calls()


@measure
def lines_build(runtime: Runtime) -> Figures:
    """Lines of Python executed to build one agent with a tool."""
    return _build(runtime).lines()


@measure
def lines_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Lines of Python executed by one run, all threads."""
    return _run(runtime, entry, tool_rounds).lines()


@measure
def lines_step(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Lines of Python executed by one workflow run, divided by its steps."""
    return _step(runtime, entry, shape).lines()


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
def memory_build(runtime: Runtime) -> Figures:
    """Bytes that building an agent takes at its peak, and those left when it is dropped."""
    work, meter = _build(runtime), PeakMeter()

    def metered(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            with meter:
                work.run(1)

    return memory_per_run(work.run, metered, meter)


@measure
def memory_run(runtime: Runtime, entry: str, tool_rounds: int = 0) -> Figures:
    """Bytes that one run takes at its peak, and those that it leaves behind."""
    agent, meter = runtime.agent(model_of(0.0, tool_rounds)), PeakMeter()
    return memory_per_run(repeat(agent, entry), repeat(_Metered(agent, meter), entry), meter)


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
