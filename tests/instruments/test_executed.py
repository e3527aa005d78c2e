"""The counter of calls and lines: what the interpreter executes, in every thread."""

import asyncio
import contextlib
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.instruments.counters.executed import ExecutionCounter, by_function


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


def generators():
    def numbers():
        for number in range(20):
            leaf()
            yield number

    sum(numbers())
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


def failing():
    def deep(levels):
        if levels:
            deep(levels - 1)
        raise KeyError(levels)

    with contextlib.suppress(KeyError):
        deep(10)


def here(counts):
    """Those of this file's functions."""
    mine, other = "(test_executed.py)", " < "
    return {name: n for name, n in counts.items() if name.endswith(mine) and other not in name}


def counted(function):
    with ExecutionCounter() as counter:
        function()
    read = counter.read()
    return [here(by_function({key: each[of] for key, each in read.items()})) for of in (0, 1)]


def profiled(function):
    calls = Counter()

    def hook(frame, event, arg):
        if event == "call":
            calls[frame.f_code] += 1

    threading.setprofile(hook)
    sys.setprofile(hook)
    try:
        function()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return here(by_function(calls))


@pytest.mark.parametrize("subject", [lambda: work(9), generators, coroutines, threaded, failing])
def test_calls_are_those_of_the_interpreter_s_profiler(subject):
    calls, _ = counted(subject)
    assert calls == profiled(subject) != {}


def test_a_loop_on_one_line_is_seen():
    shorter, longer = (counted(lambda n=n: [i * i for i in range(n)])[1] for n in (100, 120))
    assert sum(longer.values()) - sum(shorter.values()) == 20


@pytest.mark.parametrize("extra", [0, 7])
def test_lines_of_coroutines_and_threads_are_counted(extra):
    async def arun():
        await asyncio.sleep(0)
        inline(100 + extra)

    def threaded():
        thread = threading.Thread(target=inline, args=(100 + extra,))
        thread.start()
        thread.join()

    for subject in (threaded, lambda: asyncio.run(arun())):
        _, lines = counted(subject)
        assert lines["inline (test_executed.py)"] == 2 * (100 + extra) + 3


def test_calls_in_pool_threads_that_outlive_a_run_are_counted():
    with ExecutionCounter() as counter, ThreadPoolExecutor(1) as pool:
        pool.submit(leaf).result()
        before = counter.read()
        pool.submit(work, 100).result()
        after = counter.read()
    assert after[leaf.__code__][0] - before[leaf.__code__][0] == 100


def test_nothing_is_counted_outside_the_region_and_the_hook_is_removed():
    with ExecutionCounter() as counter:
        pass
    work(50)
    assert leaf.__code__ not in counter.read()
    assert sys.gettrace() is None
