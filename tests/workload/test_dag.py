"""Workflow shapes: the schedule arithmetic, and what a correct run must look like."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.runtimes.floor.agent import FloorRuntime
from harness.workload.dag import SHAPES, Dag, Step, chain, fan, random_dag, shape, unbalanced
from harness.workload.model import Model
from harness.workload.script import WrongPrompt


@st.composite
def dags(draw):
    size = draw(st.integers(1, 10))
    steps = []
    for i in range(size):
        needs = draw(st.sets(st.integers(0, i - 1), max_size=4)) if i else set()
        latency = draw(st.integers(0, 20)) / 10
        steps.append(Step(f"n{i}", tuple(f"n{j}" for j in sorted(needs)), latency))
    return Dag("drawn", tuple(draw(st.permutations(steps))))


def longest_path_by_brute_force(dag):
    by_name = {step.name: step for step in dag.steps}

    def longest(name):
        step = by_name[name]
        return step.latency + max((longest(need) for need in step.needs), default=0.0)

    return max(longest(name) for name in by_name)


@given(dags())
def test_the_ideal_makespan_is_the_longest_path(dag):
    assert dag.ideal_makespan == pytest.approx(longest_path_by_brute_force(dag))


@given(dags())
def test_steps_are_in_a_topological_order(dag):
    seen = set()
    for step in dag.steps:
        assert set(step.needs) <= seen
        seen.add(step.name)
    assert len(seen) == len(dag.steps)


@given(dags())
def test_the_floor_runs_every_dag_with_its_inputs(dag):
    without_waiting = Dag(dag.name, tuple(Step(s.name, s.needs) for s in dag.steps))
    workflow = FloorRuntime().workflow(without_waiting, Model(without_waiting.script()))
    assert workflow.run() == without_waiting.expected()
    assert asyncio.run(workflow.arun()) == without_waiting.expected()


def test_a_step_without_its_inputs_is_refused_by_the_model():
    dag = chain(2)
    with pytest.raises(WrongPrompt, match="reply 0"):
        Model(dag.script()).complete(dag.prompt(dag.steps[1], {"s0": "something else"}))


@pytest.mark.parametrize("name", SHAPES)
def test_standard_shapes_have_the_latency_asked_for(name):
    assert shape(name, 0.0).ideal_makespan == 0
    assert shape(name, 0.1).ideal_makespan > 0


def test_known_makespans():
    assert chain(5, 0.1).ideal_makespan == pytest.approx(0.5)
    assert fan(8, 0.1).ideal_makespan == pytest.approx(0.3)
    assert unbalanced(0.1).ideal_makespan == pytest.approx(0.3)


def test_random_shapes_are_seeded():
    assert random_dag(seed=3) == random_dag(seed=3)
    assert random_dag(seed=3) != random_dag(seed=4)


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([Step("a"), Step("a")], "share a name"),
        ([Step("a", ("b",))], "unknown step 'b'"),
        ([Step("a", ("b",)), Step("b", ("a",))], "cycle"),
        ([Step("a", (), -1.0)], "latency"),
        ([Step("a", (), float("nan"))], "latency"),
    ],
)
def test_impossible_workflows_are_refused_in_one_line(steps, complaint):
    with pytest.raises(ValueError, match=complaint) as caught:
        Dag("bad", tuple(steps))
    assert "\n" not in str(caught.value)


def test_an_unknown_shape_names_those_there_are():
    with pytest.raises(ValueError, match="diamond"):
        shape("circle")
