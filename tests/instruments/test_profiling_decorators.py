"""The decorators count every call, however functions take turns, and cost nothing when off."""

import asyncio
import functools
import gc
import inspect
import json
import subprocess
import sys
import threading
import time

import pytest
from places import ROOT

from harness.instruments.counters.executed import ExecutionCounter
from harness.instruments.profilers import decorators as profiling
from harness.instruments.resources.decorator import monitored

THREADS, CALLS = 8, 200


@pytest.fixture(autouse=True)
def on():
    gc.collect()  # what other tests left must not be freed while memory is measured
    profiling.enable()
    yield
    profiling.clear()
    profiling.disable()


def timed(function):
    return profiling.results()["time"][f"{function.__module__}.{function.__qualname__}"]


def sized(function):
    return profiling.results()["memory"][f"{function.__module__}.{function.__qualname__}"]


def test_off_is_the_function_itself():
    profiling.disable()

    def function():
        return 1

    assert profiling.profile(function) is function
    assert profiling.memory_profile(function) is function
    with ExecutionCounter() as counter:
        profiling.profile(function)()
    calls = {key: count for key, (count, _) in counter.read().items()}
    assert calls[function.__code__] == 1
    assert sum(calls.values()) <= 4  # decorating, the call, and the end


def test_results_and_names_stay_those_of_the_function():
    @profiling.profile
    def add(a, *, b):
        "Adds."
        return a + b

    assert add(1, b=2) == 3
    assert (add.__name__, add.__doc__) == ("add", "Adds.")
    assert timed(add)["calls"] == 1


def test_methods_of_classes_are_measured_whichever_decorator_is_outer():
    class Adder:
        @profiling.profile
        @classmethod
        def one(cls, a):
            return cls, a

        @staticmethod
        @profiling.memory_profile
        def two(a):
            return a

        @profiling.profile
        @staticmethod
        async def three(a):
            return a

    assert Adder.one(1) == Adder().one(1) == (Adder, 1)
    assert Adder.two(2) == Adder().two(2) == 2
    assert asyncio.run(Adder().three(3)) == 3
    assert timed(Adder.one)["calls"] == sized(Adder.two)["calls"] == 2
    assert timed(Adder.three)["calls"] == 1


@pytest.mark.parametrize(
    "what",
    [
        property(timed),
        functools.partial(timed, None),
        functools.partialmethod(timed),
        classmethod(property(timed)),
        int,
    ],
)
def test_what_cannot_be_measured_is_refused_when_it_is_decorated(what):
    with pytest.raises(TypeError, match="functions and methods can be measured, not"):
        profiling.profile(what)
    with pytest.raises(TypeError, match="functions and methods can be measured, not"):
        profiling.memory_profile(what)


async def waits():
    await asyncio.sleep(0.05)
    return 3


def test_what_a_plain_function_returns_to_run_later_is_part_of_its_call():
    @profiling.profile
    def hidden():
        return waits()

    shortened = profiling.profile(lambda: waits())

    @profiling.memory_profile
    def numbers():
        return (len(bytearray(n)) for n in (100_000, 200_000))

    @profiling.profile
    def stream():
        async def pieces():
            for piece in range(3):
                await asyncio.sleep(0.01)
                yield piece

        return pieces()

    async def main():
        return await hidden(), await shortened(), [piece async for piece in stream()]

    assert asyncio.run(main()) == (3, 3, [0, 1, 2])
    assert list(numbers()) == [100_000, 200_000]
    for function, least in ((hidden, 0.04), (shortened, 0.04), (stream, 0.025)):
        assert timed(function)["calls"] == 1 and timed(function)["seconds"] >= least
        assert timed(function)["failures"] == 0
    assert sized(numbers)["calls"] == 1
    assert sized(numbers)["peak"] == pytest.approx(200_000, rel=0.05)


def test_a_hidden_failure_is_one():
    @profiling.profile
    def hidden():
        async def fails():
            raise KeyError("no")

        return fails()

    with pytest.raises(KeyError):
        asyncio.run(hidden())
    assert timed(hidden)["calls"] == timed(hidden)["failures"] == 1


def test_a_decorated_function_is_of_the_kind_it_was():
    async def coroutine():
        pass

    async def stream():
        yield

    def generator():
        yield

    kinds = (
        (coroutine, inspect.iscoroutinefunction),
        (stream, inspect.isasyncgenfunction),
        (generator, inspect.isgeneratorfunction),
    )
    for function, is_kind in kinds:
        assert is_kind(profiling.profile(function)) and is_kind(monitored(function))


def test_threads_lose_no_call():
    @profiling.profile
    def inner():
        return 1

    @profiling.profile
    def outer():
        return inner()

    def work():
        for _ in range(CALLS):
            outer()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert timed(inner)["calls"] == timed(outer)["calls"] == THREADS * CALLS
    assert timed(outer)["own_cpu"] < timed(outer)["cpu"]


def test_tasks_lose_no_call_and_waiting_is_no_cpu_time():
    @profiling.profile
    async def wait():
        await asyncio.sleep(0.05)
        return 1

    async def main():
        return sum(await asyncio.gather(*(wait() for _ in range(CALLS))))

    assert asyncio.run(main()) == CALLS
    figures = timed(wait)
    assert figures["calls"] == CALLS and figures["failures"] == 0
    assert figures["seconds"] >= CALLS * 0.04  # each waited, at the same time
    assert figures["cpu"] < 0.5 * figures["seconds"]


def test_own_time_is_without_decorated_callees():
    def burn(seconds):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    @profiling.profile
    async def below():
        burn(0.05)
        await asyncio.sleep(0)
        burn(0.05)

    @profiling.profile
    async def above():
        await below()
        burn(0.02)

    asyncio.run(above())
    assert timed(below)["own_cpu"] >= 0.1
    assert timed(above)["cpu"] >= 0.12
    without = timed(above)["cpu"] - timed(below)["cpu"]
    assert 0.02 <= timed(above)["own_cpu"] == pytest.approx(without, rel=0.05)


def test_recursion_is_not_counted_twice():
    @profiling.profile
    def down(depth):
        end = time.thread_time() + 0.01
        while time.thread_time() < end:
            pass
        return down(depth - 1) if depth else 0

    begin = time.thread_time()
    down(9)
    used = time.thread_time() - begin
    figures = timed(down)
    assert figures["calls"] == 10
    assert 0.1 <= figures["own_cpu"] <= figures["cpu"] <= used


def test_failures_are_counted_and_raised():
    @profiling.profile
    def fails():
        raise KeyError("no")

    @profiling.profile
    async def afails():
        raise KeyError("no")

    with pytest.raises(KeyError):
        fails()
    with pytest.raises(KeyError):
        asyncio.run(afails())
    assert timed(fails)["failures"] == timed(afails)["failures"] == 1


def test_a_cancelled_task_is_a_failure():
    @profiling.profile
    async def waits():
        await asyncio.sleep(60)

    async def main():
        task = asyncio.create_task(waits())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert timed(waits)["calls"] == timed(waits)["failures"] == 1


def test_generators_are_passed_through():
    @profiling.profile
    def talk():
        heard = []
        try:
            while len(heard) < 3:
                try:
                    heard.append((yield len(heard)))
                except ValueError:
                    heard.append("error")
        finally:
            heard.append("end")
        return heard

    talker = talk()
    assert next(talker) == 0
    assert talker.send("a") == 1
    assert talker.throw(ValueError) == 2
    with pytest.raises(StopIteration) as stop:
        talker.send("b")
    assert stop.value.value == ["a", "error", "b", "end"]
    unfinished = talk()
    next(unfinished)
    unfinished.close()
    assert timed(talk)["calls"] == 2 and timed(talk)["failures"] == 0


def test_async_generators_are_passed_through():
    ended = []

    @profiling.profile
    async def stream(count):
        try:
            for number in range(count):
                await asyncio.sleep(0)
                yield number
        finally:
            ended.append(count)

    async def main():
        everything = [number async for number in stream(3)]
        source = stream(5)
        first = await source.__anext__()
        await source.aclose()
        return everything, first

    assert asyncio.run(main()) == ([0, 1, 2], 0)
    assert ended == [3, 5]
    assert timed(stream)["calls"] == 2 and timed(stream)["failures"] == 0


def test_memory_of_nested_calls():
    kept = []

    @profiling.memory_profile
    def inner():
        return len(bytearray(500_000))

    @profiling.memory_profile
    def outer():
        kept.append(bytearray(200_000))
        inner()
        return 1

    for _ in range(5):
        outer()
    assert sized(inner)["peak"] == pytest.approx(500_000, rel=0.02)
    assert sized(inner)["kept"] == pytest.approx(0, abs=5_000)
    assert sized(outer)["peak"] == pytest.approx(700_000, rel=0.02)
    assert sized(outer)["kept"] == pytest.approx(1_000_000, rel=0.02)
    assert sized(outer)["calls"] == 5


def test_memory_of_tasks_that_take_turns_is_kept_apart():
    kept = []

    @profiling.memory_profile
    async def large():
        await asyncio.sleep(0)
        kept.append(bytearray(400_000))
        await asyncio.sleep(0)

    @profiling.memory_profile
    async def small():
        for _ in range(4):
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*(each() for _ in range(5) for each in (large, small)))

    asyncio.run(main())
    assert sized(large)["kept"] == pytest.approx(2_000_000, rel=0.02)
    assert sized(small)["peak"] < 40_000 and sized(small)["calls"] == 5


def test_memory_calls_are_counted_among_threads():
    @profiling.memory_profile
    def one():
        return [0]

    def work():
        for _ in range(CALLS):
            one()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sized(one)["calls"] == THREADS * CALLS


PROGRAM = """
from harness import memory_profile, profile

@profile
def work():
    return 1

@memory_profile
def hold():
    return bytes(1000)

[(work(), hold()) for _ in range(3)]
"""


def program(tmp_path, value):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "HARNESS_PROFILE": value},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_variable_reports_at_exit(tmp_path):
    lines = program(tmp_path, "1").splitlines()
    assert [line.split()[0] for line in lines if line.endswith(("work", "hold"))] == ["3", "3"]
    assert program(tmp_path, "0") == program(tmp_path, "") == ""
    assert program(tmp_path, "out.json") == ""
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["time"]["__main__.work"]["calls"] == 3
    assert found["memory"]["__main__.hold"]["peak"] >= 1000
    assert program(tmp_path, "nowhere/out.json").startswith("harness: nowhere/out.json cannot be")


def test_the_text_names_what_took_most_first():
    @profiling.profile
    def quick():
        return 1

    @profiling.profile
    def slow():
        return sum(range(200_000))

    quick(), slow()
    lines = profiling.report().splitlines()
    mine = [line.rpartition(".")[2] for line in lines if "names_what" in line]
    assert mine == ["slow", "quick"]
