"""One engine and one rule: a load shows the same by the verb and by the benchmark."""

import asyncio

import pytest
from load_virtual import drive, opened, outcome

from harness.instruments.arrivals import lateness
from harness.instruments.arrivals.engine import engine_for
from harness.instruments.work import model_of
from harness.measures import arrivals, virtual
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.tools.load.report import report
from harness.tools.load.target import of_agent
from harness.workload import schedules
from harness.workload.script import Script


class Queues(FloorRuntime):
    """Lets four runs through at a time; every tenth takes 50 ms more."""

    def agent(self, model):
        gate = asyncio.Semaphore(4)

        class Agent(FloorAgent):
            count = 0

            async def arun(self, prompt):
                async with gate:
                    self.count += 1
                    await asyncio.sleep(0.05 * (self.count % 10 == 0))
                    return await super().arun(prompt)

        return Agent(model)


def by_verb(agent, script, shape):
    """The report of `harness load` on a virtual clock."""
    target = of_agent("an agent", agent, script, "asyncio")
    due = schedules.SHAPES[shape]

    async def call(request):
        async with target.open() as one:
            await one(request)

    return report(target, outcome(drive(call, opened(due, due[-1]))), {"title": shape})


@pytest.mark.parametrize("runtime", [FloorRuntime, Queues])
@pytest.mark.parametrize("shape", schedules.SHAPES)
def test_added_latencies_are_equal_to_the_microsecond(runtime, shape):
    model = model_of(0.1)
    figures = by_verb(runtime().agent(model), model.script, shape).figures
    benchmark = virtual.virtual_arrivals(runtime(), "asyncio", shape, 0.1)
    assert (benchmark["added_p95"] > 0) == (runtime is Queues)
    for name in ("p50", "p95"):  # fewer than 100 requests have no p99
        assert figures[f"added.{name}"] == pytest.approx(benchmark[f"added_{name}"], abs=1e-6)


@pytest.mark.parametrize("late", [0.9, 1.1])
def test_a_late_generator_is_refused_by_both_at_the_same_lateness(late, monkeypatch):
    late *= lateness.allowed(arrivals.LATENCY)
    monkeypatch.setattr(arrivals, "generator_lateness", lambda *which: late)
    figures = arrivals.under_load(FloorRuntime(), "threads", "step")
    assert figures["error_rate"] == 0
    made = by_verb(FloorAgent(model_of(0.0)), Script(), "step")
    assert made.valid
    records = made.outcome.records
    records._late[:] = type(records._late)("f", [late] * len(records._late))
    again = report(of_agent("", FloorAgent(model_of(0.0)), Script(), "threads"), made.outcome, {})
    assert ("added_p95" not in figures) == (not again.valid) == (late > lateness.LATE)


def test_the_same_engine_takes_tasks_and_threads():
    async def arun(request):
        await asyncio.sleep(0)

    plan = opened([0.0] * 20, 0.0, cap=5)
    for call in (arun, abs):
        engine = engine_for(call, plan)
        asyncio.run(engine.run())
        assert engine.records.counts == {"ok": 20} and engine.peak <= 5
