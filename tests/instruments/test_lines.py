"""Lines: inline work, which makes no calls, is counted exactly, in every thread."""

import asyncio
import sys
import threading

import pytest

from harness.instruments.counters.counts import calls_per_run, lines_by_function
from harness.instruments.counters.lines import LineCounter


def inline(turns):
    total = 0
    for turn in range(turns):
        total += turn
    return total


def lines(work):
    return lines_by_function(lambda runs: [work() for _ in range(runs)] and None)


def test_two_per_cent_more_inline_work_are_seen_exactly():
    before, after = lines(lambda: inline(1000)), lines(lambda: inline(1020))
    assert after.total() - before.total() == 2 * 20
    name = "inline (test_lines.py)"
    assert after[name] - before[name] == 2 * 20
    assert calls_per_run(
        lambda runs: [inline(1000) for _ in range(runs)] and None
    ) == calls_per_run(lambda runs: [inline(1020) for _ in range(runs)] and None)


def test_a_loop_on_one_line_is_seen():
    def squares(count):
        return lines(lambda: [n * n for n in range(count)]).total()

    assert squares(1020) - squares(1000) == 20


@pytest.mark.parametrize("extra", [0, 7])
def test_lines_of_coroutines_and_threads_are_counted(extra):
    async def arun():
        await asyncio.sleep(0)
        inline(100 + extra)

    def threaded():
        thread = threading.Thread(target=inline, args=(100 + extra,))
        thread.start()
        thread.join()

    name = "inline (test_lines.py)"
    assert lines(lambda: asyncio.run(arun()))[name] == 2 * (100 + extra) + 3
    assert lines(threaded)[name] == 2 * (100 + extra) + 3


def test_nothing_is_counted_outside_the_region_and_the_hook_is_removed():
    with LineCounter() as counter:
        inline(50)
        assert counter.total == 0
        counter.counting = True
        inline(50)
        counter.counting = False
    assert counter.by_function()["inline (test_lines.py)"] == 103
    assert sys.gettrace() is None


def test_lines_that_vary_have_no_exact_count():
    turns = iter(range(100, 100_000, 100))
    with pytest.raises(NotImplementedError, match="lines vary from run to run"):
        lines(lambda: inline(next(turns)))
