"""Records that are only counted: the same totals, minute by minute, in the same memory."""

import tracemalloc
from collections import Counter

import pytest

from harness.instruments.arrivals import board
from harness.instruments.arrivals.board import Board
from harness.instruments.arrivals.streamed import Streamed

END = 600.0


@pytest.fixture
def counted(tmp_path):
    """A soak of ten minutes."""
    made = Board(tmp_path / "now.bin")
    yield Streamed(made, 1, 0.0, END, 60.0, within=0.5)
    made.close()


def requests(streamed, count, begin, step=0.01, kind="ok"):
    """So many requests, each of which has ended before the next is sent."""
    for number in range(count):
        due = begin + number * step
        streamed.finish(streamed.send(due, due, 0.0), due + 0.005, kind)


def test_a_minute_is_left_when_it_is_over_and_carries_what_is_in_flight(counted):
    flying = counted.send(1.0, 1.0, 0.002)
    requests(counted, 10, 2.0)
    assert counted.tick(59.9) is None
    slot = counted.tick(60.0)
    assert slot.whole[board.NUMBER] == 1 and slot.whole[board.SENT] == 11
    assert sum(slot.ended) == 10 and slot.in_flight == 1
    assert (slot.real[board.BEGIN], slot.real[board.POSITION]) == (0.0, 60.0)
    counted.finish(flying, 61.0, "timeout")
    now = counted.last()
    assert now.whole[board.CARRIED] == 1 and now.in_flight == 0
    assert now.real[board.MOST] == 60.0 and now.real[board.LATEST] == 0.0


def test_a_minute_whose_row_was_not_written_is_never_lost(counted):
    requests(counted, 3, 10.0)
    requests(counted, 4, 70.0)
    requests(counted, 5, 130.0)
    assert counted.tick(200.0).whole[board.SENT] == 3
    assert counted.last().whole[board.SENT] == 9
    counted.tick(200.0).whole[board.NUMBER] = 0
    assert counted.tick(240.0).whole[board.SENT] == 9


def test_what_was_never_sent_and_what_is_said_twice(counted):
    request = counted.send(1.0, 5.0, 0.0)
    counted.finish(request, 5.0, "unsent")
    counted.finish(request, 6.0, "ok")
    slow = counted.send(5.0, 5.0, 0.0)
    counted.finish(slow, 5.6, "ok")
    slot = counted.last()
    assert [slot.whole[each] for each in (board.SENT, board.UNSENT, board.GOOD)] == [1, 1, 0]
    assert slot.in_flight == 0 and sum(slot.late) == 1 and sum(slot.latency) == 2
    assert len(counted) == 2 and counted.pending() == [] and counted.sent(slow) == 0.0


def test_what_comes_after_the_end_is_of_the_last_minute(counted):
    counted.tick(570.0).whole[board.NUMBER] = 0
    requests(counted, 2, 601.0)
    assert counted.tick(700.0) is None and counted.last().whole[board.SENT] == 2


def test_memory_does_not_grow_with_requests(counted):
    requests(counted, 100, 0.0, 0.001)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        requests(counted, 20_000, 1.0, 0.001, kind="http 429")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000
    assert Counter(counted.last().ended)[20_000] == 1
