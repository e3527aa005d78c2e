"""Leaks of memory: planted ones are found and named, their clean twins are not flagged."""

import asyncio
import functools
import itertools
import mmap
import os

import pytest
from leak_findings import evidence, found, line_of

from harness.instruments.leaks.report import LEAK, NO_LEAK, NOT_ENOUGH
from harness.instruments.leaks.study import QUICK, find_leak

HERE = os.path.basename(__file__)


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


def test_what_was_there_before_is_no_leak_when_it_is_replaced(whole_heap):
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


@pytest.mark.slow
def test_small_blocks_of_python_are_not_called_memory_outside_of_it():
    kept = []

    def leak():
        kept.append([float(i) for i in range(200)])

    report = find_leak(leak, 300)
    assert found(report, "memory") and not found(report, "native memory")
