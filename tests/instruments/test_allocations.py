"""Memory of a run: its peak, repeatable, and what it leaves behind."""

import pytest

from harness.instruments.counters.allocations import peak_per_run, retained_per_run
from harness.instruments.memory import PeakMeter
from harness.measures.countings import peak_run, retained_build, retained_run
from harness.runtimes import load
from harness.session.session import cell, measure


def batch(work):
    def run(runs):
        for _ in range(runs):
            work()

    return run


def peak(work):
    meter = PeakMeter()

    def metered():
        with meter:
            work()

    return peak_per_run(batch(work), batch(metered), meter)


def test_the_peak_is_what_a_run_holds_at_once_not_what_it_takes_in_all():
    nothing = peak(lambda: None)

    def twice():
        bytes(10_000)
        bytes(10_000)

    assert 9_900 < peak(twice) - nothing < 10_100


def test_two_per_cent_more_memory_is_seen():
    fewer, more = peak(lambda: bytes(10_000)), peak(lambda: bytes(10_200))
    assert more - fewer == pytest.approx(200, abs=16)


def test_a_leak_of_one_kilobyte_a_run_is_seen_and_garbage_is_none():
    kept = []

    class Knot:
        def __init__(self):
            self.me, self.load = self, bytes(1024)

    assert retained_per_run(batch(lambda: kept.append(bytes(1024)))) == 1024
    assert retained_per_run(batch(Knot)) == 0


def test_the_floor_leaves_nothing_on_the_event_loop_or_in_a_thread():
    floor = load("floor")
    for entry in ("threads", "asyncio"):
        assert retained_run(floor, entry, tool_rounds=3)["retained_bytes"] == 0
        assert 0 < peak_run(floor, entry, tool_rounds=3)["peak_bytes"] < 1000
    assert retained_build(floor)["retained_bytes"] == 0


def test_memory_measured_twice_is_identical():
    this = cell("retained_run", "floor", entry="threads", tool_rounds=0)
    first, second = measure(exact=[[this]]), measure(exact=[[this]])
    assert first.outcomes[this].samples == second.outcomes[this].samples
