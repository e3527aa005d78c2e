"""Counts of a run: exact, alone of its batch, and refused where there is no exact number."""

import asyncio
import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.instruments.arrivals.drivers import repeat
from harness.instruments.counters.counts import (
    AHEAD,
    FEW_REPEATS,
    REPEATS,
    WARM_UP,
    calls_by_function,
    executed,
    requests_per_run,
)
from harness.instruments.work import model_of
from harness.measures.countings import calls_build, calls_run, calls_step
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime


def leaf():
    return None


def work(calls):
    for _ in range(calls):
        leaf()


def inline(turns):
    total = 0
    for turn in range(turns):
        total += turn
    return total


def batch(function):
    def run(runs):
        for _ in runs:
            function()

    return run


@settings(max_examples=20)
@given(st.integers(0, 200))
def test_calls_of_plain_functions_are_counted_exactly(calls):
    assert calls_by_function(batch(lambda: work(calls))).total() == calls + 2


def test_one_more_call_in_two_hundred_is_seen():
    fewer, more = (calls_by_function(batch(lambda n=n: work(n))) for n in (200, 201))
    assert +(more - fewer) == {"leaf (test_counts.py)": 1}


def test_two_per_cent_more_inline_work_are_lines_and_no_calls():
    fewer, more = (executed(batch(lambda n=n: inline(n))) for n in (1000, 1020))
    assert +(more.lines() - fewer.lines()) == {"inline (test_counts.py)": 2 * 20}
    assert more.calls() == fewer.calls()


def test_what_a_batch_costs_once_is_not_counted():
    async def arun():
        work(10)

    async def loop(runs):
        for _ in runs:
            await arun()

    assert calls_by_function(lambda runs: asyncio.run(loop(runs))).total() == 12


def test_runs_are_repeated_until_one_count_is_ahead():
    costs = []

    def run():
        costs.append(0)
        work(1000)

    calls_by_function(batch(run))
    assert len(costs) == WARM_UP + AHEAD


@pytest.mark.parametrize("odd", [999, 1001, 1200])
def test_a_rare_run_does_not_decide(odd):
    runs = itertools.count(1)
    counted = executed(batch(lambda: work(odd if next(runs) == WARM_UP + 2 else 1000)))
    assert counted.calls()["leaf (test_counts.py)"] == 1000
    assert next(runs) == WARM_UP + AHEAD + 2 + 1


def test_work_without_a_stable_count_has_no_exact_count():
    turns = itertools.count(10_000)
    counted = executed(batch(lambda: inline(next(turns))))
    assert counted.calls().total() == 2
    with pytest.raises(NotImplementedError, match="lines vary from run to run"):
        counted.lines()
    assert next(turns) == 10_000 + WARM_UP + REPEATS


def test_a_race_is_not_repeated_until_one_count_happens_to_be_ahead():
    costs = itertools.count()

    def run():
        turn = next(costs) - WARM_UP
        work(100 + turn if turn < FEW_REPEATS else 100)

    with pytest.raises(NotImplementedError, match="calls vary from run to run"):
        executed(batch(run)).calls()
    assert next(costs) == WARM_UP + FEW_REPEATS


class Asks(FloorAgent):
    """Asks the model once more than the script says, every second run."""

    runs = 0

    def run(self, prompt):
        self.runs += 1
        if self.runs % 2:
            self.model.complete(prompt, 0)
        return super().run(prompt)


class AsksTwice(FloorRuntime):
    def agent(self, model):
        return Asks(model)


def test_what_secrets_draw_is_never_drawn_again():
    code = """
from harness.instruments.counters import deterministic
import random, secrets
deterministic.prepare()
draw, draws = random.SystemRandom.getrandbits, []
random.SystemRandom.getrandbits = lambda self, k: draws.append(k) or draw(self, k)
names = {tuple(secrets.choice(range(17)) for _ in range(10)) for _ in range(50)}
assert (len(names), len(draws)) == (50, 500)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_model_requests_are_reported_however_many():
    assert calls_run(FloorRuntime(), "threads", tool_rounds=3)["requests"] == 4
    assert requests_per_run(*_asking()) == 1.5
    assert calls_step(FloorRuntime(), "asyncio", "diamond")["requests"] == 1
    assert calls_build(FloorRuntime())["requests"] == 0


def _asking():
    model = model_of(0.0)
    return repeat(AsksTwice().agent(model), "threads"), lambda: model.requests
