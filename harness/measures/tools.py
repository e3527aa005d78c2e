"""Measures of tools: what it costs to offer them, and whether those of one turn overlap."""

from __future__ import annotations

import asyncio

from harness.instruments import virtual_clock
from harness.instruments.arrivals import drivers
from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import agent_on, asking, check_requests
from harness.measures import Figures, measure
from harness.runtimes.base import Agent, Runtime
from harness.workload.model import Model
from harness.workload.script import Script

SECONDS = 0.04
"""That each plain tool sleeps: more than the CPU of a tool round in any framework known."""

RUNS = 4
"""Runs of which the quickest counts; fewer if the first are as quick as can be."""


@measure
def calls_offered(runtime: Runtime, entry: str, offered: int) -> Located:
    """Python calls of one run that offers the model so many tools, of which it calls none."""
    functions = calls_by_function(asking(runtime, entry, Script(offered=offered)).run)
    return Located({"calls": float(functions.total())}, functions)


@measure
def calls_plain_tool(runtime: Runtime, entry: str) -> Located:
    """Python calls of one run with one call of a plain `def` tool, also where `entry` is asyncio.

    What a hop through a thread costs shows here; elsewhere the tool of asyncio is an `async def`.
    """
    script = Script(tool_rounds=1, tool_seconds=1e-9)  # what makes the tool a plain one
    functions = calls_by_function(asking(runtime, entry, script).run)
    return Located({"calls": float(functions.total())}, functions)


@measure
def virtual_tools(runtime: Runtime, entry: str, calls: int) -> Figures:
    """Virtual time of a run with `calls` tool calls in one turn, over that of one tool.

    The tools are `async def` and wait one virtual second; the model answers at once, so 1 is all
    of them at the same time and `calls` is one after another. `entry` is asyncio.
    """
    model = Model(Script(tool_rounds=1, calls=calls, atool_seconds=1.0))
    took = virtual_clock.run(_seconds(agent_on(runtime, model), model.script))
    check_requests(model, 1)
    return {"over_longest": round(_waited(took), 6)}


async def _seconds(agent: Agent, script: Script) -> float:
    clock = asyncio.get_running_loop().time
    return (await drivers.aconcurrent(agent, script, [1], clock=clock)).ensure_ok().wall


@measure
def plain_tools(runtime: Runtime, entry: str, calls: int) -> Figures:
    """Wall time of a run with `calls` calls of a plain `def` tool in one turn, over one call.

    The tool sleeps for SECONDS and the model answers at once. in_a_row: the same in whole calls,
    which leaves out what the framework itself takes: 1 is all at the same time.
    """
    model = Model(Script(tool_rounds=1, calls=calls, tool_seconds=SECONDS))
    agent = agent_on(runtime, model)
    took: list[float] = []
    while len(took) < RUNS and min(took, default=calls) >= 2:
        batch = drivers.one_by_one(agent, model.script, entry, range(2)).ensure_ok()
        took.append(_waited(batch.latencies[1] / SECONDS))  # the first one may import
    check_requests(model, 2 * len(took))
    return {"over_longest": min(took), "in_a_row": float(int(min(took)))}


def _waited(calls: float) -> float:
    """Refuses a run that was over before one of its tools can have been."""
    if calls < 1 - 1e-6:
        raise NotImplementedError("its adapter has a tool of its own, which does not wait")
    return calls
