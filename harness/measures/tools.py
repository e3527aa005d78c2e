"""Measures of tools: what it costs to offer them, and whether those of one turn overlap."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable

from harness.instruments import virtual_clock
from harness.instruments.arrivals import drivers
from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import agent_on, asking, check_requests
from harness.measures import Figures, measure
from harness.runtimes.base import Agent, Runtime
from harness.workload.model import Model
from harness.workload.script import Script, tool_result

SECONDS, RUNS = 0.03, 2
"""That each plain tool sleeps; runs of which the quicker counts, after one that may import."""

LIMIT = 0.5
"""Seconds that a tool waits for the others of its turn."""

OWN_TOOL = "its adapter has a tool of its own, which does not wait"


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


class _Meeting:
    """A plain tool whose calls wait for the others of their turn, LIMIT seconds at most.

    most: calls that were under way at the same moment.
    """

    def __init__(self, calls: int) -> None:
        self.most = self._under_way = 0
        self._calls, self._given_up, self._changed = calls, False, threading.Condition()

    def tool(self) -> Callable[[int], str]:
        """The tool, as an agent is given it."""

        def lookup(key: int) -> str:
            """The one tool, as a call that waits for the others."""
            self._meet()
            return tool_result(key)

        return lookup

    def _meet(self) -> None:
        with self._changed:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            self._changed.notify_all()
            if not self._changed.wait_for(self._is_over, LIMIT):
                self._given_up = True
            self._under_way -= 1

    def _is_over(self) -> bool:
        return self._given_up or self.most == self._calls


@measure
def meeting_tools(runtime: Runtime, entry: str, calls: int) -> Figures:
    """`calls` calls of a plain `def` tool in one turn, over those that are under way at once.

    Rounded up: 1 where all are, `calls` where they come one after another. The calls wait for each
    other, so that a busy machine does not matter.
    """
    model, meeting = Model(Script(tool_rounds=1, calls=calls)), _Meeting(calls)
    model.tool = meeting.tool()
    drivers.one_by_one(agent_on(runtime, model), model.script, entry, range(1)).ensure_ok()
    check_requests(model, 1)
    if not meeting.most:
        raise NotImplementedError(OWN_TOOL)
    return {"in_a_row": float(math.ceil(calls / meeting.most))}


@measure
def plain_tools(runtime: Runtime, entry: str, calls: int) -> Figures:
    """Wall time of a run with `calls` calls of a plain `def` tool in one turn, over one call.

    The tool sleeps for SECONDS and the model answers at once.
    """
    model = Model(Script(tool_rounds=1, calls=calls, tool_seconds=SECONDS))
    agent = agent_on(runtime, model)
    batch = drivers.one_by_one(agent, model.script, entry, range(1 + RUNS)).ensure_ok()
    check_requests(model, 1 + RUNS)
    return {"over_longest": _waited(min(batch.latencies[1:]) / SECONDS)}


def _waited(calls: float) -> float:
    """Refuses a run that was over before one of its tools can have been."""
    if calls < 1 - 1e-6:
        raise NotImplementedError(OWN_TOOL)
    return calls
