"""The deterministic model: same question, same answer, anywhere and in any order."""

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.workload.model import Model
from harness.workload.script import (
    Constant,
    Lognormal,
    ModelFailure,
    PerRequest,
    Script,
    WrongPrompt,
    prompt_of,
    reply_of,
    request_of,
)

requests = st.integers(0, 10**9)


@given(requests)
def test_a_prompt_names_its_request(request):
    assert request_of(prompt_of(request)) == request


@pytest.mark.parametrize("prompt", ["", "hello", "request", "request x", "request -1"])
def test_a_foreign_prompt_is_refused(prompt):
    with pytest.raises(WrongPrompt):
        request_of(prompt)


@given(request=requests, rounds=st.integers(0, 5))
def test_a_run_is_tool_rounds_and_then_the_reply(request, rounds):
    script = Script(tool_rounds=rounds)
    turns = [script.turn(prompt_of(request), r) for r in range(rounds + 1)]
    assert [[c.key for c in turn.calls] for turn in turns] == [*([r] for r in range(rounds)), []]
    assert turns[-1].text == reply_of(request)
    with pytest.raises(WrongPrompt):
        script.turn(prompt_of(request), rounds + 1)


@given(order=st.permutations(range(12)), seed=st.integers(0, 99))
def test_a_seeded_latency_does_not_depend_on_the_order_of_calls(order, seed):
    latency = Lognormal(0.1, 0.5, seed)
    straight = [latency.seconds(request, 0) for request in range(12)]
    assert {r: latency.seconds(r, 0) for r in order} == dict(enumerate(straight))
    assert all(seconds > 0 for seconds in straight)


def test_seeds_and_requests_draw_different_latencies():
    drawn = {Lognormal(0.1, 0.5, seed).seconds(r, 0) for seed in (0, 1) for r in range(50)}
    assert len(drawn) == 100


def test_injected_latency_is_the_sum_over_the_calls_of_a_run():
    assert Script(tool_rounds=3, latency=Constant(0.5)).injected(7) == 2.0
    assert Script(latency=PerRequest((0.1, 0.2))).injected(1) == 0.2


@pytest.mark.parametrize("value", [-0.1, float("inf"), float("nan")])
def test_impossible_latencies_are_refused(value):
    with pytest.raises(ValueError):
        Constant(value)


def test_negative_tool_rounds_are_refused():
    with pytest.raises(ValueError):
        Script(tool_rounds=-1)


def test_failures_happen_exactly_where_the_script_says():
    model = Model(Script(tool_rounds=1, fail_at=frozenset({(3, 1)})))
    assert model.complete(prompt_of(3), 0).calls[0].key == 0
    with pytest.raises(ModelFailure, match="request 3"):
        model.complete(prompt_of(3), 1)
    with pytest.raises(ModelFailure):
        asyncio.run(model.acomplete(prompt_of(3), 1))
    assert model.complete(prompt_of(4), 1).text == reply_of(4)


def test_requests_are_counted_over_threads_and_reading_does_not_count():
    model = Model()
    workers = [
        threading.Thread(target=lambda: [model.complete(prompt_of(1)) for _ in range(500)])
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [model.requests, model.requests] == [4000, 4000]
