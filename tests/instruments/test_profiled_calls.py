"""The decorators count every call, however functions, threads and tasks take turns."""

import asyncio
import threading
import time

import pytest
from decorated import sized, timed

from harness.instruments.profilers import decorators as profiling

THREADS, CALLS = 8, 200

pytestmark = pytest.mark.usefixtures("profiled")


def on_threads(work):
    """Do it on THREADS threads at once, to the end."""
    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


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

    on_threads(work)
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

    on_threads(work)
    assert sized(one)["calls"] == THREADS * CALLS
