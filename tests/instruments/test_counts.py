"""Counts: exact, over all threads, by function; and refused where there is no exact number."""

import asyncio
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.instruments.arrivals.drivers import repeat
from harness.instruments.counters.counts import CallCounter, calls_per_run, requests_per_run
from harness.instruments.work import model_of
from harness.measures.countings import calls_build, calls_run, calls_step
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime


def leaf():
    return None


def work(calls):
    for _ in range(calls):
        leaf()


@settings(max_examples=20)
@given(st.integers(0, 200))
def test_calls_of_plain_functions_are_counted_exactly(calls):
    assert calls_per_run(lambda runs: [work(calls) for _ in range(runs)] and None) == calls + 1


def test_one_more_call_in_two_hundred_is_seen():
    def run(calls):
        return calls_per_run(lambda runs: [work(calls) for _ in range(runs)] and None)

    assert run(201) - run(200) == 1


def test_calls_in_threads_started_inside_are_counted():
    def run(runs):
        for _ in range(runs):
            thread = threading.Thread(target=work, args=(100,))
            thread.start()
            thread.join()

    assert calls_per_run(run) >= 101


def test_calls_in_pool_threads_that_outlive_a_run_are_counted():
    with CallCounter() as counter, ThreadPoolExecutor(1) as pool:
        pool.submit(leaf).result()
        counter.counting = True
        pool.submit(work, 100).result()
        counter.counting = False
    assert counter.by_function()["leaf (test_counts.py)"] == 100


def test_what_a_batch_costs_once_cancels_out():
    async def arun():
        work(10)

    async def batch(runs):
        for _ in range(runs):
            await arun()

    assert calls_per_run(lambda runs: asyncio.run(batch(runs))) == 12


def test_functions_are_named():
    with CallCounter() as counter:
        counter.counting = True
        work(7)
        counter.counting = False
    assert counter.by_function()["leaf (test_counts.py)"] == 7
    assert counter.by_function()["work (test_counts.py)"] == 1


def test_nothing_is_counted_outside_the_region_and_the_hook_is_removed():
    with CallCounter() as counter:
        work(50)
    assert counter.total == 0
    assert sys.getprofile() is None


def test_work_without_a_stable_count_has_no_exact_count():
    rng = random.Random(5)

    def run(runs):
        for _ in range(runs):
            work(rng.randrange(1000))

    with pytest.raises(NotImplementedError, match="vary from run to run"):
        calls_per_run(run)


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


def test_model_requests_are_reported_however_many():
    assert calls_run(FloorRuntime(), "threads", tool_rounds=3)["requests"] == 4
    assert requests_per_run(*_asking()) == 1.5
    assert calls_step(FloorRuntime(), "asyncio", "diamond")["requests"] == 1
    assert calls_build(FloorRuntime())["requests"] == 0


def _asking():
    model = model_of(0.0)
    return repeat(AsksTwice().agent(model), "threads"), lambda: model.requests
