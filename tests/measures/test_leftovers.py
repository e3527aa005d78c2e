"""What runs leave behind: each planted defect is found, its clean twin is not."""

import os
import threading
import tracemalloc

import pytest
from leaky_runtimes import Blocking, Clean, Kilobyte

from harness.measures.leftovers import blocked_loop, leak, leftovers
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.tools.event_loop import worker as watch
from harness.tools.leaks import worker


def runtime_with(before_run):
    """A floor whose every run does something first."""

    class Agent(FloorAgent):
        def run(self, prompt):
            before_run()
            return super().run(prompt)

        async def arun(self, prompt):
            before_run()
            return await super().arun(prompt)

    class Runtime(FloorRuntime):
        def agent(self, model):
            return Agent(model)

    return Runtime()


@pytest.mark.parametrize("entry", ["threads", "asyncio"])
@pytest.mark.parametrize(("runtime", "bytes_kept"), [(Kilobyte, 1024), (Clean, 0)])
def test_the_benchmark_and_the_verb_give_the_same_bytes(entry, runtime, bytes_kept):
    assert leak(runtime(), entry) == {"bytes_per_run": bytes_kept}
    told = worker.perform(f"leaky_runtimes:{runtime.__name__}", "run", entry, 200)
    assert told["report"]["bytes_per_run"] == bytes_kept


def test_an_agent_is_built_before_allocations_are_traced():
    class Untraced(FloorRuntime):
        def agent(self, model):
            assert not tracemalloc.is_tracing()  # it would take 30 times as long
            return super().agent(model)

    assert leak(Untraced(), "asyncio") == {"bytes_per_run": 0}


def test_left_threads_and_descriptors_are_counted():
    stop, opened = threading.Event(), []

    def leave():
        if len(opened) % 20 == 0:
            threading.Thread(target=stop.wait, daemon=True).start()
        opened.append(os.open(os.devnull, os.O_RDONLY) if len(opened) % 20 == 0 else None)

    try:
        assert leftovers(runtime_with(leave), "threads") == {"threads": 5, "descriptors": 5}
    finally:
        stop.set()
        for descriptor in filter(None, opened):
            os.close(descriptor)


def test_a_pool_that_grows_now_and_then_leaves_nothing():
    stop, runs = threading.Event(), []

    def grow():
        runs.append(None)
        if len(runs) == 70:
            threading.Thread(target=stop.wait, daemon=True).start()

    try:
        assert leftovers(runtime_with(grow), "threads")["threads"] == 0
    finally:
        stop.set()


@pytest.mark.parametrize("entry", ["threads", "asyncio"])
def test_a_clean_runtime_leaves_nothing(entry):
    assert leftovers(FloorRuntime(), entry) == {"threads": 0, "descriptors": 0}


def test_a_blocking_call_in_the_event_loop_is_found_by_benchmark_and_verb():
    found = blocked_loop(Blocking(), "asyncio")
    assert found["longest_block"] > 0.09 and found["blocks"] == 1
    told = watch.perform("leaky_runtimes:Blocking", "agents", 50, 0.05)
    assert len(told["health"]["blocks"]) == 1 and told["health"]["lateness"]["max"] > 0.09
    assert blocked_loop(FloorRuntime(), "asyncio")["blocks"] == 0
