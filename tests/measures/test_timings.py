"""Timed measures: how many runs they make, and which of them count."""

import time
import types

import pytest

from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.work import WARM_UP
from harness.measures.leftovers import blocked_loop
from harness.measures.timings import back_to_back, makespan
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime

ENTRIES = ["threads", "asyncio"]


class Slow(FloorRuntime):
    """Every run takes so many seconds; `runs` of all agents are counted."""

    def __init__(self, seconds):
        self.seconds, self.runs = seconds, 0

    def agent(self, model):
        runtime = self

        class Agent(FloorAgent):
            def run(self, prompt):
                runtime.runs += 1
                time.sleep(runtime.seconds)
                return super().run(prompt)

            async def arun(self, prompt):
                runtime.runs += 1
                time.sleep(runtime.seconds)
                return await super().arun(prompt)

        return Agent(model)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_heavy_framework_makes_fewer_runs(entry):
    heavy, light = Slow(0.02), Slow(0.0)
    assert back_to_back(heavy, entry)["added_p50"] >= 0.02
    assert back_to_back(light, entry)["added_p50"] > 0
    assert 3 + 5 + 10 <= heavy.runs <= len(WARM_UP) + 5 + 50
    assert 3 + 5 + 10 < light.runs <= len(WARM_UP) + 5 + 300


class Lazy(FloorRuntime):
    """The first run of a process takes 0.3 s on a clock of its own, as a late import does; any
    other 0.05 s."""

    def __init__(self):
        self.runs, self.now = 0, 0.0

    def run(self):
        self.now += 0.05 if self.runs else 0.3
        self.runs += 1

    def workflow(self, dag, model):
        made, runtime = super().workflow(dag, model), self

        class Workflow:
            def run(self):
                runtime.run()
                return made.run()

            async def arun(self):
                runtime.run()
                return await made.arun()

        return Workflow()

    def agent(self, model):
        runtime = self

        class Agent(FloorAgent):
            async def arun(self, prompt):
                runtime.run()
                return await super().arun(prompt)

        return Agent(model)


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_first_run_of_a_workflow_is_not_in_its_makespan(entry, monkeypatch):
    lazy = Lazy()
    clock = types.SimpleNamespace(perf_counter=lambda: lazy.now)
    monkeypatch.setattr("harness.measures.timings.time", clock)
    found = makespan(lazy, entry, "chain", latency=0.01)["over_critical_path"]
    assert found == pytest.approx(1.0) and lazy.runs == 2


def test_the_first_runs_of_an_agent_block_no_loop_that_is_watched(monkeypatch):
    lazy, before = Lazy(), []

    class Watch(Heartbeat):
        async def __aenter__(self):
            before.append(lazy.runs)
            return await super().__aenter__()

    monkeypatch.setattr("harness.measures.leftovers.Heartbeat", Watch)
    blocked_loop(lazy, "asyncio", count=2)
    assert before[0] >= 3 and lazy.runs == before[0] + 2
