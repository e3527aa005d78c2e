"""The two back ends count the same calls of the same functions."""

import asyncio
import contextlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.instruments.counters.calls import MonitoringCounter, ProfileCounter
from harness.instruments.counters.counts import per_run

pytestmark = pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="needs Python 3.12 or later")


def leaf():
    return None


def work(calls):
    for _ in range(calls):
        leaf()


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


def test_both_back_ends_count_threads_that_were_there_before():
    def counted(counter_class):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(leaf).result()
            with counter_class() as counter:
                pool.submit(leaf).result()
                counter.counting = True
                pool.submit(work, 100).result()
                counter.counting = False
        return counter.by_function()["leaf (test_calls.py)"]

    assert counted(MonitoringCounter) == counted(ProfileCounter) == 100


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
