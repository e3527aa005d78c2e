"""Arriving load: shapes, lateness, and that a late generator gives no number."""

import asyncio
import time

import pytest

from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.drivers import ENTRIES
from harness.measures import arrivals
from harness.runtimes import load
from harness.runtimes.base import Agent
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.workload.script import Script


@pytest.mark.parametrize("shape", arrivals.SHAPES)
def test_shapes_are_short_and_of_forty_requests(shape):
    due = arrivals.SHAPES[shape]
    assert len(due) == 40
    assert due == sorted(due) and due[0] >= 0 and due[-1] <= arrivals.SECONDS


def test_lateness_is_from_the_intended_start_to_the_call():
    class Blocks(Agent):
        async def arun(self, prompt):
            time.sleep(0.03)  # nothing else can begin meanwhile
            return prompt.replace("request", "reply")

    batch = asyncio.run(drivers.aconcurrent(Blocks(), Script(), range(3))).ensure_ok()
    assert [late >= i * 0.03 for i, late in enumerate(batch.lateness)] == [True] * 3
    assert all(a >= b for a, b in zip(batch.latencies, batch.lateness, strict=True))


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_generator_that_is_late_gives_no_latencies(entry, monkeypatch):
    monkeypatch.setattr(arrivals, "generator_lateness", lambda *which: 2 * arrivals.MAX_LATENESS)
    figures = arrivals.under_load(load("floor"), entry, "spike")
    assert figures.keys() == {"error_rate", "runs", "lateness"}
    assert figures["lateness"] == 2 * arrivals.MAX_LATENESS


def test_the_lateness_is_the_generators_own(monkeypatch):
    class Blocks(FloorRuntime):
        """Each run keeps the event loop for 10 ms: 40 of them cannot keep up."""

        def agent(self, model):
            class Blocking(FloorAgent):
                async def arun(self, prompt):
                    reply = await super().arun(prompt)
                    time.sleep(0.01)
                    return reply

            return Blocking(model)

    monkeypatch.setattr(arrivals, "MAX_LATENESS", 10.0)
    arrivals.generator_lateness.cache_clear()
    figures = arrivals.under_load(Blocks(), "asyncio", "constant")
    assert figures["lateness"] < figures["added_p95"] / 2


def test_failed_runs_are_counted_and_give_no_latencies(monkeypatch):
    class Fails(FloorRuntime):
        def agent(self, model):
            class Failing(FloorAgent):
                def run(self, prompt):
                    if prompt == "request 3":
                        raise RuntimeError("planted")
                    return super().run(prompt)

            return Failing(model)

    figures = arrivals.under_load(Fails(), "threads", "step")
    assert (figures["error_rate"], figures["runs"]) == (1 / 40, 40)
    assert "added_p95" not in figures


def test_cpu_is_a_share_of_a_core():
    class Burns(FloorRuntime):
        """About 4 ms of CPU a run: a fifth of a core, at 50 a second."""

        def agent(self, model):
            class Burning(FloorAgent):
                def run(self, prompt):
                    begin = time.thread_time()
                    while time.thread_time() - begin < 0.004:
                        pass
                    return super().run(prompt)

            return Burning(model)

    idle = arrivals.cpu_share(load("floor"), "threads")["share"]
    busy = arrivals.cpu_share(Burns(), "threads")["share"]
    assert busy > 2 * idle
