"""Threads take turns where a process only counts: who is sooner makes no difference."""

from __future__ import annotations

import asyncio
import os
import queue
import selectors
import sys
import threading
from concurrent import futures

import pytest

from harness.instruments.counters import counts, settled
from harness.instruments.counters.executed import ExecutionCounter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def turns_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that only counts, until the test ends."""
    for kind, name in (
        (selectors.DefaultSelector, "select"),
        (threading.Thread, "run"),
        (threading.Thread, "join"),
        (threading.Condition, "wait"),
        (queue, "SimpleQueue"),
    ):
        monkeypatch.setattr(kind, name, getattr(kind, name))
    settled.install()


def test_a_pool_and_who_collects_its_results_take_the_same_path_each_time(monkeypatch):
    turns_taken(monkeypatch)
    started = []

    def step(number: int) -> int:
        os.stat("/")  # lets others go on, or not: as it happens
        return sum(int(text) for text in map(str, range(number)))

    def run() -> None:
        with futures.ThreadPoolExecutor(4, initializer=lambda: started.append(1)) as pool:
            steps = [pool.submit(step, 50 * number) for number in range(4)]
            for done in futures.as_completed(steps):
                done.result()

    readings = []
    with counts.undisturbed(), ExecutionCounter() as counter:
        for _ in range(8):
            run()
            readings.append(counter.read())
    assert len(started) == 8 * 4  # no thread has ended a step before all are under way
    assert counts.ahead([calls for calls, _ in counts.steps(readings)]) is not None


def test_a_thread_that_never_waits_is_not_waited_for_twice(monkeypatch):
    turns_taken(monkeypatch)
    monkeypatch.setattr(settled, "MOST", 0.01)
    monkeypatch.setattr(settled, "_restless", set())
    spinning, ends = threading.Event(), threading.Event()

    def spins() -> None:
        spinning.set()
        while not ends.is_set():
            pass

    thread = threading.Thread(target=spins)
    thread.start()
    try:
        spinning.wait()
        assert str(thread.native_id) in settled._restless
        used = []
        monkeypatch.setattr(settled, "_others", lambda plain=settled._others: used.append(plain()))
        settled.settle()
        assert used and not any(str(thread.native_id) in each for each in used)
    finally:
        ends.set()
    thread.join()


def test_a_loop_goes_on_when_the_thread_that_woke_it_waits_again(monkeypatch):
    turns_taken(monkeypatch)
    order, more = [], threading.Semaphore(0)

    def works(loop, ready):
        while more.acquire():
            loop.call_soon_threadsafe(ready.set)
            for _ in range(300):  # the loop is woken long before this ends
                sum(range(1000))
            order.append("waits")

    async def hands_over():
        ready = asyncio.Event()
        threading.Thread(
            target=works, args=(asyncio.get_running_loop(), ready), daemon=True
        ).start()
        for _ in range(8):
            ready.clear()
            more.release()
            await ready.wait()
            order.append("turns")

    asyncio.run(hands_over())
    assert order == ["waits", "turns"] * 8
