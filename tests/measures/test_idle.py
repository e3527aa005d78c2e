"""What it costs to do nothing: polls and threads that wake up are found, their twins are not."""

import asyncio

import pytest
from leaky_runtimes import Clean, Every, Polling
from places import TESTS

from harness.measures.idle import MOST_TURNS, RESOLUTION, idle_wakeups, waiting
from harness.runtimes.base import Runtime
from harness.runtimes.floor.agent import FloorRuntime, FloorWorkflow


class Told(Every):
    """Tells the running loop something in each run."""

    def __init__(self, model, tell):
        super().__init__(model)
        self.tell = tell

    async def arun(self, prompt):
        self.tell(asyncio.get_running_loop())
        return await super().arun(prompt)


def runtime_with(tell):
    """The floor, with agents that do."""

    class Workflow(FloorWorkflow):
        def __init__(self, dag, model):
            super().__init__(dag, model)
            self.agent = Told(model, tell)

    class Tells(FloorRuntime):
        def agent(self, model):
            return Told(model, tell)

        def workflow(self, dag, model):
            return Workflow(dag, model)

    return Tells()


def poll(loop, seconds=0.5):
    loop.call_later(seconds, poll, loop, seconds)


async def spin():
    while True:
        await asyncio.sleep(0)


def wakeups(tell, what="agents"):
    return idle_wakeups(runtime_with(tell), "asyncio", what)["wakeups"]


def test_the_loop_of_a_clean_runtime_sleeps():
    for what in ("agents", "workflows"):
        assert wakeups(lambda loop: None, what) == 0
        # What a run leaves for the next turn is no wake-up.
        assert wakeups(lambda loop: loop.call_soon(loop.call_soon, int), what) == 0


def test_each_timer_is_a_wake_up():
    assert wakeups(poll) == 119  # the 120th comes with the end
    assert wakeups(poll, "workflows") == 119  # four agents, at the same moments
    assert wakeups(lambda loop: loop.call_later(5, int)) == 1
    assert wakeups(lambda loop: loop.call_later(61, int)) == 0


def test_a_loop_that_never_sleeps_is_given_up():
    tasks = []
    assert wakeups(lambda loop: tasks.append(loop.create_task(spin()))) == MOST_TURNS


def test_threads_that_sleep_cost_nothing_and_threads_that_poll_are_counted(monkeypatch):
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))
    polling = waiting(Polling(), "threads")
    assert polling["threads"] == 1 and polling["cpu"] > RESOLUTION
    assert waiting(Clean(), "asyncio")["threads"] == 0


def test_what_has_no_such_entry_is_not_measured(monkeypatch):
    monkeypatch.setenv("ASV_CONF_DIR", str(TESTS))
    with pytest.raises(NotImplementedError, match="has no workflows"):

        class Bare(FloorRuntime):
            workflow = Runtime.workflow

        idle_wakeups(Bare(), "asyncio", "workflows")
