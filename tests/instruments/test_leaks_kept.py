"""Leaks of objects, threads, descriptors and tasks: planted ones are named, their twins are not."""

import asyncio
import os
import socket
import sys
import threading
import types

import pytest
from leak_findings import evidence, line_of

from harness.instruments.leaks.references import holder
from harness.instruments.leaks.report import DEFECT, LEAK, NO_LEAK, NOTE
from harness.instruments.leaks.study import find_leak

HERE = os.path.basename(__file__)


@pytest.fixture
def held(monkeypatch):
    """What a module holds: one of the test's own, because what was there before is frozen."""
    module = types.ModuleType("holding")
    module.REGISTRY = {}
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.REGISTRY


def work():
    return {str(i): [i] for i in range(10)}


class Agent:
    pass


def test_agents_that_survive_are_counted_and_their_holder_named(held):
    def build():
        agent = Agent()
        held[id(agent)] = agent
        return agent

    report = find_leak(build, 200, watch=True)
    _, named = evidence(report, "survivors")
    assert report.verdict == LEAK
    assert "Agent" in named and "holding.REGISTRY" in named
    assert find_leak(Agent, 200, watch=True).verdict == NO_LEAK


def test_a_registry_that_keeps_the_last_few_is_no_leak():
    last = []

    def build():
        last.append(Agent())
        del last[:-10]
        return last[-1]

    assert find_leak(build, 200, watch=True).verdict == NO_LEAK


def test_the_holder_of_an_object_is_found_through_containers(held):
    held["deep"] = [{"here": Agent()}]
    assert holder(held["deep"][0]["here"]).startswith("holding.REGISTRY")


class Node:
    def __init__(self):
        self.other = None


def test_a_reference_cycle_is_named_and_no_leak():
    def cycle():
        a, b = Node(), Node()
        a.other, b.other = b, a

    def chain():
        a, b = Node(), Node()
        a.other = b

    report = find_leak(cycle, 200)
    finding, named = evidence(report, "cycles")
    assert report.verdict == NO_LEAK and finding.severity == NOTE
    assert "Node -> " in named and HERE in named
    assert not find_leak(chain, 200).findings


def test_a_leaked_thread_is_named():
    stop = threading.Event()

    def leak():
        threading.Thread(target=stop.wait, name="pump-1", daemon=True).start()

    def clean():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    try:
        report = find_leak(leak, 100)
    finally:
        stop.set()
    _, named = evidence(report, "threads")
    assert report.verdict == LEAK
    assert "'pump-N'" in named and "Event.wait" in named and line_of(leak) in named
    assert find_leak(clean, 100).verdict == NO_LEAK


def test_a_leaked_descriptor_is_named():
    opened = []

    def leak():
        opened.append(os.open(os.devnull, os.O_RDONLY))

    def clean():
        os.close(os.open(os.devnull, os.O_RDONLY))

    try:
        report = find_leak(leak, 100)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    _, named = evidence(report, "descriptors")
    assert report.verdict == LEAK
    assert os.devnull in named and line_of(leak) in named
    assert find_leak(clean, 100).verdict == NO_LEAK


def test_a_leaked_socket_is_named():
    opened = []

    def leak():
        opened.append(socket.socket())

    try:
        report = find_leak(leak, 100)
    finally:
        for each in opened:
            each.close()
    _, named = evidence(report, "descriptors")
    assert "socket" in named and line_of(leak) in named


def test_a_task_that_stays_is_named():
    async def forget():
        asyncio.create_task(asyncio.sleep(3600), name="poller-7")  # noqa: RUF006

    report = find_leak(forget, 200)
    _, named = evidence(report, "tasks")
    assert report.verdict == LEAK
    assert "'poller-N'" in named and "sleep" in named and line_of(forget) in named


def test_a_coroutine_that_is_never_awaited_is_named():
    async def forget():
        asyncio.sleep(0)

    report = find_leak(forget, 100)
    finding, named = evidence(report, "coroutines")
    assert finding.severity == DEFECT and "'sleep' was never awaited" in named
    assert line_of(forget) in named


def test_a_task_that_outlives_its_run_is_told_and_no_leak():
    async def later():
        asyncio.create_task(asyncio.sleep(0), name="later")  # noqa: RUF006

    async def awaited():
        await asyncio.create_task(asyncio.sleep(0))

    report = find_leak(later, 200)
    finding, named = evidence(report, "background tasks")
    assert report.verdict == NO_LEAK and finding.severity == NOTE
    assert "later" in named and line_of(later) in named
    assert not find_leak(awaited, 200).findings


def test_a_task_whose_error_nobody_asks_for_is_told():
    async def fail():
        raise KeyError("unheard")

    async def forget():
        asyncio.create_task(fail())  # noqa: RUF006
        await asyncio.sleep(0)

    report = find_leak(forget, 100)
    finding, named = evidence(report, "lost tasks")
    assert finding.severity == DEFECT and "never retrieved" in named and "fail" in named
