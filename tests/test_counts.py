"""Counts: exact, over all threads, by function; and refused where there is no exact number."""

import asyncio
import contextlib
import random
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.calls import MonitoringCounter, ProfileCounter
from harness.countings import calls_build, calls_run, calls_step, instructions_run
from harness.counts import CallCounter, calls_per_run, per_run, requests_per_run
from harness.drivers import repeat
from harness.measures import model_of
from harness.runtimes.floor import FloorAgent, FloorRuntime


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


def generators():
    def numbers():
        for number in range(20):
            leaf()
            yield number

    sum(numbers())
    sum(number for number in numbers())
    thrown = numbers()
    next(thrown)
    with contextlib.suppress(KeyError):
        thrown.throw(KeyError)
    closed = numbers()
    next(closed)
    closed.close()


def coroutines():
    async def ticks():
        for _ in range(10):
            await asyncio.sleep(0)
            yield leaf()

    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            leaf()
            raise

    async def main():
        async for _ in ticks():
            leaf()
        task = asyncio.create_task(slow())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


def threaded():
    class Own(threading.Thread):
        def run(self):
            generators()

    for thread in (threading.Thread(target=work, args=(10,)), Own()):
        thread.start()
        thread.join()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, 10).result()


def failing():
    def deep(levels):
        if levels:
            deep(levels - 1)
        raise KeyError(levels)

    with contextlib.suppress(KeyError):
        deep(10)


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="needs Python 3.12 or later")
@pytest.mark.parametrize("subject", [lambda: work(9), generators, coroutines, threaded, failing])
def test_both_back_ends_count_the_same_calls_of_the_same_functions(subject):
    def run(runs):
        for _ in range(runs):
            subject()

    profiled, monitored = (
        per_run(counter(), run, repeats=7) for counter in (ProfileCounter, MonitoringCounter)
    )
    assert +monitored == +profiled
    assert monitored.total() == profiled.total() > 0


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="needs Python 3.12 or later")
def test_both_back_ends_count_threads_that_were_there_before():
    def counted(counter_class):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(leaf).result()
            with counter_class() as counter:
                pool.submit(leaf).result()
                counter.counting = True
                pool.submit(work, 100).result()
                counter.counting = False
        return counter.by_function()["leaf (test_counts.py)"]

    assert counted(MonitoringCounter) == counted(ProfileCounter) == 100


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="needs Python 3.12 or later")
def test_no_free_tool_id_is_one_line():
    taken = [tool for tool in range(6) if sys.monitoring.get_tool(tool) is None]
    for tool in taken:
        sys.monitoring.use_tool_id(tool, "other")
    try:
        with pytest.raises(RuntimeError, match=r"no free tool id in sys\.monitoring"):
            MonitoringCounter().__enter__()
    finally:
        for tool in taken:
            sys.monitoring.free_tool_id(tool)


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


def test_instructions_are_not_counted_unless_asked_for(monkeypatch):
    monkeypatch.delenv("HARNESS_INSTRUCTIONS", raising=False)
    with pytest.raises(NotImplementedError, match="only with HARNESS_INSTRUCTIONS=1"):
        instructions_run(FloorRuntime(), "threads")
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotImplementedError, match="valgrind is not installed"):
        instructions_run(FloorRuntime(), "threads")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="needs valgrind")
def test_instructions_of_one_run_are_counted(monkeypatch):
    monkeypatch.setenv("HARNESS_INSTRUCTIONS", "1")
    assert 1000 < instructions_run(FloorRuntime(), "threads")["instructions"] < 20_000
