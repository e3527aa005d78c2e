"""What may be decorated to be measured, what is part of a call, and how it is told."""

import asyncio
import functools
import inspect
import json
import subprocess
import sys
import time

import pytest
from decorated import sized, timed
from places import ROOT

from harness.instruments.counters.executed import ExecutionCounter
from harness.instruments.profilers import decorators as profiling
from harness.instruments.resources.decorator import monitored

pytestmark = pytest.mark.usefixtures("profiled")


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
    # Decorating, the call, and the end of counting, which is two calls from Python 3.12 on.
    assert sum(calls.values()) <= 5


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


def test_a_task_that_a_plain_function_starts_is_part_of_its_call():
    @profiling.profile
    def start(seconds, error=None):
        async def work():
            await asyncio.sleep(seconds)
            if error is not None:
                raise error

        return asyncio.create_task(work())

    async def main():
        begin = time.perf_counter()
        await start(0.05)
        assert 0.05 <= timed(start)["seconds"] <= time.perf_counter() - begin
        cancelled = start(60)
        await asyncio.sleep(0)
        cancelled.cancel()
        return await asyncio.gather(start(0, KeyError("no")), cancelled, return_exceptions=True)

    assert [type(error) for error in asyncio.run(main())] == [KeyError, asyncio.CancelledError]
    assert (timed(start)["calls"], timed(start)["failures"]) == (3, 2)


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
