"""On a virtual clock structure shows exactly: limits, barriers, tails; and only structure."""

import asyncio
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measures import virtual
from harness.runtimes.base import RunFailed, Workflow
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime, FloorWorkflow
from harness.workload import schedules


class Limited(FloorRuntime):
    """Lets only eight runs through at a time."""

    def agent(self, model):
        gate = asyncio.Semaphore(8)

        class Agent(FloorAgent):
            async def arun(self, prompt):
                async with gate:
                    return await super().arun(prompt)

        return Agent(model)


class Tail(FloorRuntime):
    """Every fiftieth run takes 50 ms more."""

    def agent(self, model):
        class Agent(FloorAgent):
            count = 0

            async def arun(self, prompt):
                self.count += 1
                if self.count % 50 == 0:
                    await asyncio.sleep(0.05)
                return await super().arun(prompt)

        return Agent(model)


class Barrier(FloorRuntime):
    """Runs a workflow level by level."""

    def workflow(self, dag, model):
        class Levels(Workflow):
            async def arun(self):
                agent, outputs = FloorAgent(model), {}
                while level := [
                    step
                    for step in dag.steps
                    if step.name not in outputs and outputs.keys() >= set(step.needs)
                ]:
                    prompts = [dag.prompt(step, outputs) for step in level]
                    replies = await asyncio.gather(*map(agent.arun, prompts))
                    outputs.update(zip([s.name for s in level], replies, strict=True))
                return outputs

        return Levels()


class Threaded(FloorRuntime):
    """Hands its work to a thread."""

    def agent(self, model):
        class Agent(FloorAgent):
            async def arun(self, prompt):
                return await asyncio.to_thread(self.run, prompt)

        return Agent(model)


def test_the_floor_overlaps_perfectly_and_waiting_takes_no_time():
    assert virtual.virtual_at_once(FloorRuntime(), "asyncio", 500, 60.0) == {"over_one": 1.0}


def test_a_hidden_limit_shows_exactly():
    assert virtual.virtual_at_once(Limited(), "asyncio", 64, 0.2) == {"over_one": 8.0}
    assert virtual.virtual_arrivals(Limited(), "asyncio", "spike", 0.2)["added_p95"] > 0.1


@pytest.mark.parametrize("shape", schedules.SHAPES)
def test_the_floor_adds_nothing_under_any_load(shape):
    figures = virtual.virtual_arrivals(FloorRuntime(), "asyncio", shape, 0.2)
    assert set(figures.values()) == {0.0}


def test_a_tail_of_two_per_cent_shows_in_p99_and_not_in_p50():
    figures = virtual.virtual_arrivals(Tail(), "asyncio", "constant", 0.2)
    assert figures == {"added_p50": 0.0, "added_p95": 0.0, "added_p99": 0.05}


def test_a_level_barrier_shows_on_the_unbalanced_shape_only():
    over = {
        shape: virtual.virtual_makespan(Barrier(), "asyncio", shape, 0.2)["over_critical_path"]
        for shape in ("chain", "fan", "diamond", "layered", "unbalanced")
    }
    assert over.pop("unbalanced") == pytest.approx(4 / 3, abs=1e-5)
    assert set(over.values()) == {1.0}


def test_figures_are_identical_to_the_last_digit():
    first, second = (virtual.virtual_arrivals(Limited(), "asyncio", "step", 0.2) for _ in "ab")
    assert first == second


def test_a_serial_workflow_shows():
    class Serial(FloorRuntime):
        def workflow(self, dag, model):
            class InARow(FloorWorkflow):
                async def arun(self):
                    outputs = {}
                    for step in dag.steps:
                        outputs[step.name] = await self.agent.arun(dag.prompt(step, outputs))
                    return outputs

            return InARow(dag, model)

    figures = virtual.virtual_makespan(Serial(), "asyncio", "fan", 0.1)
    assert figures["over_critical_path"] == pytest.approx(10 / 3, abs=1e-5)


def test_what_waits_for_threads_is_not_measured():
    with pytest.raises(NotImplementedError, match="threads or sockets"):
        virtual.virtual_at_once(Threaded(), "asyncio", 1, 0.1)
    assert threading.active_count() < 20


def test_a_wrong_workflow_is_a_failure():
    class Empty(FloorRuntime):
        def workflow(self, dag, model):
            class Nothing(Workflow):
                async def arun(self):
                    return {}

            return Nothing()

    with pytest.raises(RunFailed):
        virtual.virtual_makespan(Empty(), "asyncio", "chain", 0.1)


rates = st.floats(1, 300)
durations = st.floats(0.5, 5)


@given(rates, durations)
def test_constant_arrivals_are_even(rate, duration):
    due = schedules.constant(rate, duration)
    assert len(due) == round(rate * duration)
    assert all(b - a == pytest.approx(1 / rate) for a, b in pairwise(due))


@given(rates, durations)
def test_a_ramp_quickens_and_holds_half_of_a_constant_load(rate, duration):
    due = schedules.ramp_up(rate, duration)
    assert len(due) == round(rate * duration / 2)
    gaps = [b - a for a, b in pairwise(due)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(gaps))
    assert not due or due[-1] <= duration + 1e-9


@given(rates, st.floats(300, 900), durations)
def test_a_spike_is_in_the_middle_fifth(rate, peak, duration):
    due = schedules.spike(rate, peak, duration)
    assert due == sorted(due)
    within = [t for t in due if 0.4 * duration <= t < 0.6 * duration]
    assert abs(len(within) - peak * duration / 5) <= 2


@given(st.lists(rates, min_size=1, max_size=4), durations)
def test_steps_take_equal_parts(levels, duration):
    due = schedules.step(levels, duration)
    assert due == sorted(due)
    assert len(due) == sum(round(rate * duration / len(levels)) for rate in levels)


@given(rates, durations, st.integers(0, 9))
def test_poisson_arrivals_are_seeded_and_in_order(rate, duration, seed):
    due = schedules.poisson(rate, duration, seed)
    assert due == schedules.poisson(rate, duration, seed) == sorted(due)
    assert all(0 <= t < duration for t in due)


@pytest.mark.parametrize("bad", [0, -1, float("inf"), float("nan")])
def test_impossible_loads_are_refused(bad):
    for make in (schedules.constant, schedules.ramp_up, schedules.poisson):
        with pytest.raises(ValueError):
            make(bad, 1.0)
    with pytest.raises(ValueError):
        schedules.step([], 1.0)
