"""Leak detection: planted leaks are found and named, their clean twins are not flagged."""

import asyncio
import functools
import gc
import itertools
import mmap
import os
import socket
import threading

import pytest

from harness.instruments.leaks.references import holder
from harness.instruments.leaks.report import DEFECT, LEAK, NO_LEAK, NOT_ENOUGH, NOTE
from harness.instruments.leaks.study import QUICK, find_leak

HERE = os.path.basename(__file__)
REGISTRY = {}

pytestmark = pytest.mark.usefixtures("small_heap")


def found(report, kind):
    return [finding for finding in report.findings if finding.kind == kind]


def evidence(report, kind):
    (finding,) = found(report, kind)
    return finding, "\n".join(finding.evidence)


def line_of(function):
    """Where a function's one statement is."""
    return f"{HERE}:{function.__code__.co_firstlineno + 1}"


# Python memory


def test_a_kilobyte_a_run_is_found_within_500_runs_and_named():
    kept = []

    def leak():
        kept.append(bytes(1024))

    report = find_leak(leak, 500)
    finding, named = evidence(report, "memory")
    assert report.verdict == LEAK and report.runs <= 500
    assert 1000 < report.series["memory"].whole.estimate < 1200
    assert line_of(leak) in named and finding.severity == LEAK


def work():
    return {str(i): [i] for i in range(10)}


def test_the_clean_twin_is_not_flagged_20_times_of_20():
    reports = [find_leak(work, 250) for _ in range(20)]
    assert [report.verdict for report in reports] == [NO_LEAK] * 20
    assert not [finding for report in reports for finding in report.findings]


def test_what_was_there_before_is_no_leak_when_it_is_replaced():
    gc.unfreeze()
    cache = dict.fromkeys(range(150))
    for key in cache:
        cache[key] = bytes(1024)
    keys = itertools.cycle(cache)

    def replace():
        cache[next(keys)] = bytes(1024)

    assert find_leak(replace, 500).verdict == NO_LEAK


@pytest.mark.parametrize("size", [16, 64, 200])
def test_a_cache_that_fills_up_and_stops_is_no_leak(size):
    numbers = itertools.count()

    @functools.lru_cache(maxsize=size)
    def answer(number):
        return bytes(1000) + str(number).encode()

    assert find_leak(lambda: answer(next(numbers)), 500).verdict == NO_LEAK


def test_a_cache_without_a_limit_is_a_leak():
    numbers = itertools.count()

    @functools.cache
    def answer(number):
        return bytes(1000) + str(number).encode()

    report = find_leak(lambda: answer(next(numbers)), 500)
    assert report.verdict == LEAK
    line = answer.__wrapped__.__code__.co_firstlineno + 2
    assert f"{HERE}:{line}" in str(found(report, "memory"))


def test_a_bounded_cache_that_is_not_full_yet_is_named_and_no_leak():
    numbers = itertools.count()
    kept = []

    @functools.lru_cache(maxsize=5000)
    def answer(number):
        return bytes(1000) + str(number).encode()

    def both():
        kept.append(bytes(1000))
        return answer(next(numbers))

    report = find_leak(lambda: answer(next(numbers)), 500)
    (note,) = found(report, "caches")
    assert report.verdict == NO_LEAK and report.bytes_per_run == 0
    assert "answer" in note.evidence[0] and "at most 5000" in note.evidence[0]
    assert find_leak(both, 500).verdict == LEAK


def test_names_that_compiled_code_makes_anew_are_no_leak():
    class Thing:
        attribute = 1

    numbers = itertools.count()

    def look_up():
        getattr(Thing, f"missing_{next(numbers)}", None)

    report = find_leak(look_up, 500)
    assert report.verdict == NO_LEAK
    assert abs(report.series["memory"].whole.estimate) < 1


def test_a_quick_look_gives_the_same_figure_and_ends_early_where_nothing_grows():
    kept = []

    def leak():
        kept.append(bytes(1024))

    assert find_leak(leak, plan=QUICK).bytes_per_run == find_leak(leak, 500).bytes_per_run == 1024
    quick = find_leak(work, plan=QUICK)
    assert quick.bytes_per_run == 0 and quick.runs < 50


def test_a_sawtooth_is_no_leak():
    kept = []

    def gather():
        kept.append(bytes(1024))
        if len(kept) == 30:
            kept.clear()

    assert find_leak(gather, 500).verdict != LEAK


def test_an_asynchronous_leak_is_found_and_its_twin_is_not():
    kept = []

    async def leak():
        await asyncio.sleep(0)
        kept.append(bytearray(1024))

    async def clean():
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
        bytearray(1024)

    assert find_leak(leak, 300).verdict == LEAK
    assert find_leak(clean, 300).verdict == NO_LEAK


def test_too_few_runs_are_not_enough():
    assert find_leak(work, 20).verdict == NOT_ENOUGH
    with pytest.raises(ValueError, match="10 iterations"):
        find_leak(work, 9)


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_a_function_that_hides_an_async_one_is_refused():
    async def work():
        pass

    with pytest.raises(TypeError, match="make it an `async def`"):
        find_leak(lambda: work())


def test_an_error_of_a_run_is_raised():
    def fail():
        raise KeyError("no")

    with pytest.raises(KeyError):
        find_leak(fail, 100)


def test_memory_outside_of_python_is_found():
    kept = []

    def leak():
        kept.append(mmap.mmap(-1, 64 * 1024, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        kept[-1][::4096] = b"x" * 16

    report = find_leak(leak, 200)
    (finding,) = found(report, "native memory")
    assert report.verdict == LEAK and report.series["rss"].whole.estimate > 60_000
    assert "mmap.mmap" in finding.evidence[0]


def test_small_blocks_of_python_are_not_called_memory_outside_of_it():
    kept = []

    def leak():
        kept.append([float(i) for i in range(200)])

    report = find_leak(leak, 300)
    assert found(report, "memory") and not found(report, "native memory")


# Objects that survive


class Agent:
    pass


def test_agents_that_survive_are_counted_and_their_holder_named():
    gc.unfreeze()  # the holder was there before

    def build():
        agent = Agent()
        REGISTRY[id(agent)] = agent
        return agent

    try:
        report = find_leak(build, 200, watch=True)
    finally:
        REGISTRY.clear()
    _, named = evidence(report, "survivors")
    assert report.verdict == LEAK
    assert "Agent" in named and f"{__name__}.REGISTRY" in named
    assert find_leak(Agent, 200, watch=True).verdict == NO_LEAK


def test_a_registry_that_keeps_the_last_few_is_no_leak():
    last = []

    def build():
        last.append(Agent())
        del last[:-10]
        return last[-1]

    assert find_leak(build, 200, watch=True).verdict == NO_LEAK


def test_the_holder_of_an_object_is_found_through_containers():
    gc.unfreeze()
    REGISTRY["deep"] = [{"here": Agent()}]
    try:
        assert holder(REGISTRY["deep"][0]["here"]).startswith(f"{__name__}.REGISTRY")
    finally:
        REGISTRY.clear()


# Cycles


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


# Threads, descriptors, tasks


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
