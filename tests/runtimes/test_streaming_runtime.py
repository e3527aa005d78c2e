"""Streams: pieces are checked, times are what the definitions say, on a virtual clock."""

import asyncio

import pytest

from harness.instruments import virtual_clock
from harness.instruments.arrivals.kinds import WrongReply
from harness.measures import streams
from harness.runtimes import load
from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.workload.model import Model
from harness.workload.script import ModelFailure, PerRequest, Script, prompt_of


def clock():
    return asyncio.get_running_loop().time


def timed(agent, script, request=0):
    async def main():
        return await streams.one(agent, script, request, clock()(), clock())

    return virtual_clock.run(main())


def test_pieces_are_due_when_the_script_says_whatever_the_consumer_does():
    script = Script(latency=PerRequest((0.3,)), chunks=4, gap=0.1)

    async def moments(pause):
        begin, seen = clock()(), []
        async for turn in Model(script).astream(prompt_of(0)):
            seen.append((round(clock()() - begin, 6), turn.text))
            await asyncio.sleep(pause)
        return seen

    on_time = [(0.3, "reply 0"), (0.4, " 1"), (0.5, " 2"), (0.6, " 3")]
    assert virtual_clock.run(moments(0)) == virtual_clock.run(moments(0.05)) == on_time


def test_a_tool_round_comes_before_the_pieces_and_failures_are_raised():
    script = Script(tool_rounds=1, chunks=3, fail_at=frozenset({(5, 1)}))
    model = Model(script)
    assert timed(FloorAgent(model), script, 1) == pytest.approx((0, 0))
    assert model.requests == 2
    with pytest.raises(ModelFailure, match="request 5"):
        timed(FloorAgent(model), script, 5)


class Late(Agent):
    """Adds to each piece `first` or `further` virtual seconds."""

    def __init__(self, model, first, further):
        self.floor, self.first, self.further = FloorAgent(model), first, further

    async def astream(self, prompt):
        wait = self.first
        async for piece in self.floor.astream(prompt):
            await asyncio.sleep(wait)
            yield piece
            wait = self.further


def test_added_times_are_those_beyond_the_model():
    script = Script(latency=PerRequest((0.2,)), chunks=11, gap=0.01)
    assert timed(FloorAgent(Model(script)), script) == pytest.approx((0, 0), abs=1e-6)
    assert timed(Late(Model(script), 0.5, 0), script)[0] == pytest.approx(0.5, abs=1e-6)
    # Slower than the model: 15 ms a piece where the model has one every 10 ms.
    assert timed(Late(Model(script), 0, 0.015), script)[1] == pytest.approx(0.005, abs=0.0011)


class Joins(FloorAgent):
    """Hands on two pieces as one."""

    async def astream(self, prompt):
        held = ""
        async for piece in super().astream(prompt):
            held += piece
            if piece.endswith((" 1", " 2")):
                yield held
                held = ""


class Swaps(FloorAgent):
    """Hands on the pieces in another order."""

    async def astream(self, prompt):
        pieces = [piece async for piece in super().astream(prompt)]
        for piece in reversed(pieces):
            yield piece


class Ends(FloorAgent):
    """Loses the last piece."""

    async def astream(self, prompt):
        pieces = [piece async for piece in super().astream(prompt)]
        for piece in pieces[:-1]:
            yield piece


@pytest.mark.parametrize("agent", [Joins, Swaps, Ends])
def test_pieces_that_are_not_those_of_the_script_fail_the_run(agent):
    script = Script(chunks=3)
    with pytest.raises(WrongReply, match="streamed"):
        timed(agent(Model(script)), script)


@pytest.mark.parametrize("way", streams.WAYS)
def test_measures_of_the_floor(way):
    figures = streams.streamed(load("floor"), "asyncio", way, gap=0.001, latency=0.001, count=3)
    assert set(figures) == {f"added_{n}_p{p}" for n in ("ttft", "itl") for p in (50, 95)}
    assert figures["added_ttft_p95"] > 0


def test_exact_measures_repeat_and_see_a_plant():
    class Slow(FloorRuntime):
        def agent(self, model):
            return Late(model, 0.05, 0.0)

    def exact(runtime):
        return streams.virtual_streamed(runtime, "asyncio", gap=0.02, latency=0.2)

    assert exact(load("floor")) == {"added_ttft": 0.0, "added_itl": 0.0}
    assert exact(Slow())["added_ttft"] == 0.05
    calls = streams.calls_streamed(load("floor"), "asyncio")["calls"]
    assert streams.PIECES < calls == streams.calls_streamed(load("floor"), "asyncio")["calls"]


def test_without_a_streaming_entry_point_there_is_a_reason():
    with pytest.raises(NotImplementedError, match="no streaming entry point"):
        Agent().astream("request 1")
