"""Processes that only count take the same path each time."""

import asyncio
import os
import selectors
import subprocess
import sys
import threading

import pytest

from harness.instruments.counters import deterministic

LOOKS_THROUGH_ALL = """
import os
from harness.instruments.counters import deterministic
deterministic.prepare()
print(sum(1 for name in os.environ))
"""


def test_the_environment_is_as_large_in_each_terminal():
    command = [sys.executable, "-c", LOOKS_THROUGH_ALL]
    seen = {
        subprocess.run(command, env=os.environ | more, capture_output=True, check=True).stdout
        for more in ({}, {"ONE": "1"}, {f"CI_{number}": "" for number in range(20)})
    }
    assert seen == {f"{deterministic.VARIABLES}\n".encode()}


def test_all_tasks_have_an_order():
    async def found():
        others = [asyncio.create_task(asyncio.sleep(0)) for _ in range(30)]
        names = [task.get_name() for task in deterministic._all_tasks()]
        await asyncio.gather(*others)
        return names[1:], [task.get_name() for task in others]

    seen, made = asyncio.run(found())
    assert seen == made


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_loop_goes_on_when_the_thread_that_woke_it_waits_again(monkeypatch):
    monkeypatch.setattr(selectors.DefaultSelector, "select", selectors.DefaultSelector.select)
    deterministic._settled_before_a_turn()
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
        for _ in range(20):
            ready.clear()
            more.release()
            await ready.wait()
            order.append("turns")

    asyncio.run(hands_over())
    assert order == ["waits", "turns"] * 20
