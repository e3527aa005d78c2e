"""What outlives its use is counted: planted survivors, cycles and tasks, and not their twins."""

import asyncio
import itertools

import pytest
from leaky_runtimes import KEPT, Clean, Every, InContext, Registry

from harness.instruments.leaks.scenarios import owned
from harness.measures.leftovers import outliving
from harness.measures.timers import behind_timer
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime

ENTRIES = pytest.mark.parametrize("entry", ["threads", "asyncio"])


class Result:
    """What a run of the tiny framework returns: it refuses weak references."""

    __slots__ = ("other",)


class Node:
    pass


def runtime_with(extra):
    """A tiny framework, every run of which does something first."""

    class Agent(Every):
        def extra(self):
            extra()

    class Runtime(FloorRuntime):
        imports = (__name__,)

        def agent(self, model):
            return Agent(model)

    return Runtime()


@ENTRIES
def test_agents_and_workflows_that_a_registry_keeps_are_counted(entry):
    KEPT.clear()
    for what in ("agents", "workflows"):
        assert outliving(Registry(), entry, what)["alive"] == 20
        assert outliving(Clean(), entry, what)["alive"] == 0
    assert outliving(Registry(), entry, "runs")["alive"] == 0
    KEPT.clear()


@ENTRIES
def test_results_that_are_kept_are_counted_and_the_last_few_are_not(entry):
    kept = []
    assert outliving(runtime_with(lambda: kept.append(Result())), entry, "runs")["alive"] == 20

    def keep_five():
        kept.append(Result())
        del kept[:-5]

    assert outliving(runtime_with(keep_five), entry, "runs")["alive"] == 0


def test_one_in_ten_is_two_of_twenty():
    kept, numbers = [], itertools.count()
    rarely = runtime_with(lambda: next(numbers) % 10 or kept.append(Result()))
    assert outliving(rarely, "threads", "runs")["alive"] == 2


@ENTRIES
def test_what_only_the_collector_frees_is_counted_per_use(entry):
    def cycle():
        one, other = Node(), Node()
        one.other, other.other = other, one

    assert outliving(runtime_with(cycle), entry, "runs")["cyclic_objects"] in (2, 4)  # with dicts
    clean = outliving(runtime_with(Node), entry, "runs")
    assert clean == {"alive": 0, "cyclic_objects": 0, "tasks": 0}


def test_tasks_that_stay_are_counted_and_those_that_end_are_not():
    tasks = set()

    def wait(seconds):
        tasks.add(task := asyncio.ensure_future(asyncio.sleep(seconds)))
        task.add_done_callback(tasks.discard)

    assert outliving(runtime_with(lambda: wait(3600)), "asyncio", "runs")["tasks"] == 20
    tasks.clear()
    assert outliving(runtime_with(lambda: wait(0.001)), "asyncio", "runs")["tasks"] == 0


def test_agents_in_the_context_of_a_timer_are_counted():
    assert outliving(InContext(), "asyncio", "agents")["alive"] == 0
    assert behind_timer(InContext(), "asyncio") == {"alive": 20}
    assert behind_timer(Clean(), "asyncio") == {"alive": 0}

    class EverySecond(InContext):
        numbers = itertools.count()

        def agent(self, model):
            return (InContext if next(self.numbers) % 2 else Clean)().agent(model)

    assert behind_timer(EverySecond(), "asyncio") == {"alive": 10}


def test_without_a_timer_there_is_no_such_count():
    class InThread(FloorAgent):
        async def arun(self, prompt):
            return await asyncio.to_thread(self.run, prompt)

    class Runtime(FloorRuntime):
        def agent(self, model):
            return InThread(model)

    with pytest.raises(NotImplementedError, match="not asked on the event loop"):
        behind_timer(Runtime(), "asyncio")


def test_own_is_what_is_made_from_a_class_of_the_framework():
    class Framework(FloorRuntime):
        imports = ("email.message", "hypothesis.control")

    is_own = owned(Framework())
    settings = type("BuildContext", (), {"__module__": "hypothesis.control"})
    derived = type("Mine", (settings,), {"__module__": "elsewhere"})
    assert is_own(settings) and is_own(derived) and is_own(Framework)
    assert not is_own(type("Mine", (), {"__module__": "elsewhere"}))
    assert not is_own(type("Message", (), {"__module__": "email.message"}))  # the library's
