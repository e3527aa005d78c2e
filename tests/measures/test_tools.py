"""Tools: what is offered, and whether what is called in one turn overlaps."""

import asyncio
import selectors
import sys

import pytest

from harness.instruments.counters import settled
from harness.measures import tools
from harness.runtimes import load
from harness.runtimes.base import Agent, Runtime
from harness.runtimes.kit import ChatAgent

FLOOR = load("floor")


class Serial(ChatAgent):
    """Calls the tools of a turn one after another; each that is offered costs a call."""

    def built(self, tools):
        return tools

    def describe(self, tool):
        return tool.__name__

    def run(self, prompt):
        for tool in self.plain:
            self.describe(tool)
        round = 0
        while (turn := self.model.complete(prompt, round)).calls:
            for call in turn.calls:
                self.plain[0](call.key)
            round += 1
        return turn.text

    async def arun(self, prompt):
        round = 0
        while (turn := await self.model.acomplete(prompt, round)).calls:
            for call in turn.calls:
                await self.asyncio[0](call.key)
            round += 1
        return turn.text


class Together(Serial):
    """All tools of a turn at once."""

    async def arun(self, prompt):
        calls = self.model.complete(prompt, 0).calls
        await asyncio.gather(*(self.asyncio[0](call.key) for call in calls))
        return self.model.complete(prompt, 1).text


class Of(Runtime):
    def __init__(self, kind):
        self.kind = kind

    def agent(self, model):
        return self.kind(model)


@pytest.mark.parametrize("calls", [2, 5])
def test_async_tools_of_a_turn_take_as_long_as_one_or_as_all(calls):
    def over(runtime):
        return tools.virtual_tools(runtime, "asyncio", calls)["over_longest"]

    assert over(FLOOR) == over(Of(Together)) == 1
    assert over(Of(Serial)) == calls


def test_plain_tools_in_a_row_are_counted(monkeypatch):
    monkeypatch.setattr(tools, "LIMIT", 0.01)
    assert tools.meeting_tools(Of(Serial), "threads", 5)["in_a_row"] == 5
    monkeypatch.setattr(tools, "LIMIT", 30.0)
    for entry in ("threads", "asyncio"):
        assert tools.meeting_tools(FLOOR, entry, 5)["in_a_row"] == 1


def test_plain_tools_take_their_time():
    assert tools.plain_tools(Of(Serial), "threads", 2)["over_longest"] >= 2
    assert tools.plain_tools(FLOOR, "threads", 2)["over_longest"] >= 1


def test_tools_that_are_offered_cost_what_is_done_with_them():
    def calls(runtime, offered):
        return tools.calls_offered(runtime, "threads", offered)["calls"]

    one, ten = calls(Of(Serial), 1), calls(Of(Serial), 10)
    assert ten - one == 9
    assert calls(FLOOR, 1) == calls(FLOOR, 50)


class Plain(Serial):
    """Calls a plain tool on the event loop itself."""

    async def arun(self, prompt):
        (call,) = self.model.complete(prompt, 0).calls
        await self.called(self.asyncio[0], call.key)
        return self.model.complete(prompt, 1).text

    async def called(self, tool, key):
        return tool(key)


class Hop(Plain):
    """Calls it in a thread."""

    async def called(self, tool, key):
        return await asyncio.to_thread(tool, key)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, hand-overs to threads vary")
def test_a_plain_tool_in_a_thread_costs_the_hop(monkeypatch):
    # As in a process that only counts.
    monkeypatch.setattr(selectors.DefaultSelector, "select", selectors.DefaultSelector.select)
    settled.loops_wait()

    def calls(runtime):
        return tools.calls_plain_tool(runtime, "asyncio")["calls"]

    assert calls(Of(Hop)) > calls(Of(Plain)) == calls(Of(Plain))


class Own(Agent):
    """Has a tool of its own, and knows of one call only."""

    acts_on = frozenset({"calls"})

    def __init__(self, model):
        self.model = model

    def run(self, prompt):
        return self.model.complete(prompt, self.model.script.tool_rounds).text

    async def arun(self, prompt):
        self.model.complete(prompt, 0)
        return self.model.complete(prompt, 1).text


def test_an_adapter_that_does_not_act_on_it_is_not_measured():
    with pytest.raises(NotImplementedError, match=r"act on Script\.offered"):
        tools.calls_offered(Of(Own), "threads", 10)
    with pytest.raises(NotImplementedError, match="a tool of its own"):
        tools.virtual_tools(Of(Own), "asyncio", 2)
    for measure in (tools.plain_tools, tools.meeting_tools):
        with pytest.raises(NotImplementedError, match="a tool of its own"):
            measure(Of(Own), "asyncio", 2)
