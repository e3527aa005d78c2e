"""The engine on a virtual clock: one record a request, timed from when it was due; limits."""

import asyncio
import tracemalloc
from array import array
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from load_virtual import Slots, drive, opened, sleeping

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.plan import Closed, Plan, arrivals
from harness.workload import schedules

quick = settings(max_examples=25, deadline=None)


class Counting:
    """Waits, fails as told, and knows how many were in it at once."""

    def __init__(self, waits, outcomes):
        self.waits, self.outcomes = waits, outcomes
        self.now = self.most = self.calls = 0

    async def __call__(self, request):
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.waits[request % len(self.waits)])
        finally:
            self.now -= 1
        if error := self.outcomes[request % len(self.outcomes)]:
            raise error


def test_requests_are_sent_when_due_and_timed_from_then():
    engine = drive(sleeping(0.02), opened(schedules.constant(100, 1), 1))
    assert len(engine.records) == 100
    for record in engine.records:
        assert record.sent == pytest.approx(record.due, abs=1e-5)
        assert record.latency == pytest.approx(0.02, abs=1e-5)
        assert record.late < 1e-5 and record.kind == "ok"
    assert engine.peak == 2


def test_a_server_of_one_slot_shows_all_the_waiting():
    engine = drive(Slots(1, 0.1), opened([0.0, 0.0, 0.0, 0.05], 0.1))
    assert [round(record.latency, 4) for record in engine.records] == [0.1, 0.2, 0.3, 0.35]


def test_over_the_cap_a_request_waits_and_the_waiting_is_latency_not_lateness():
    engine = drive(sleeping(0.1), opened([0.0, 0.0, 0.0, 0.0, 0.0], 0.1, cap=2))
    assert [round(r.latency, 4) for r in engine.records] == [0.1, 0.1, 0.2, 0.2, 0.3]
    assert max(record.late for record in engine.records) < 1e-5
    assert [round(r.sent, 4) for r in engine.records] == [0.0, 0.0, 0.1, 0.1, 0.2]
    assert engine.peak == 2


def test_what_could_not_be_sent_before_the_draining_ends_is_unsent():
    engine = drive(sleeping(1.0), opened([0.0, 0.1, 0.2], 0.3, cap=1, drain=0.5))
    assert [record.kind for record in engine.records] == [kinds.UNFINISHED, kinds.UNSENT, "unsent"]
    assert [round(record.end, 3) for record in engine.records] == [0.8, 0.8, 0.8]


def test_a_timeout_counts_from_the_sending():
    engine = drive(sleeping(1.0), opened([0.0, 0.0], 0.1, cap=1, timeout=0.3))
    assert [record.kind for record in engine.records] == ["timeout", "timeout"]
    assert [round(record.latency, 4) for record in engine.records] == [0.3, 0.6]


def test_a_call_that_ignores_its_timeout_is_a_timeout():
    async def stubborn(request):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)

    engine = drive(stubborn, opened([0.0], 0.1, timeout=0.3))
    assert [(r.kind, round(r.latency, 4)) for r in engine.records] == [("timeout", 0.3)]


def test_users_send_again_after_reply_and_thought():
    engine = drive(sleeping(0.1), Plan(Closed(users=2, duration=1.0, think=0.15)))
    assert [round(r.due, 3) for r in engine.records] == [0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75]
    assert {record.kind for record in engine.records} == {"ok"}
    assert engine.peak == 2


def test_users_stop_at_the_limit():
    assert len(drive(sleeping(0.1), Plan(Closed(3, 60.0, limit=10))).records) == 10


def test_a_user_goes_on_after_an_error():
    call = Counting([0.1], [None, ValueError("bad")])
    records = list(drive(call, Plan(Closed(1, 1.0, limit=4))).records)
    assert [record.kind for record in records] == ["ok", "ValueError", "ok", "ValueError"]


def test_stopping_by_hand_ends_arrivals_and_waits_for_replies():
    async def stop(engine):
        await asyncio.sleep(0.25)
        engine.stop()

    engine = drive(sleeping(0.2), opened([0.0, 0.2, 0.4], 1), stop)
    assert [(r.kind, round(r.end, 3)) for r in engine.records] == [("ok", 0.2), ("ok", 0.4)]
    assert engine.stopped_at == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize("plan", [opened([0.0, 0.2, 0.9], 1), Plan(Closed(2, 60.0))])
def test_stopping_twice_waits_for_nothing(plan):
    async def stop_twice(engine):
        await asyncio.sleep(0.25)
        engine.stop()
        await asyncio.sleep(0.05)
        engine.stop()

    engine = drive(sleeping(5.0), plan, stop_twice)
    assert [(r.kind, round(r.end, 2)) for r in engine.records] == [("unfinished", 0.3)] * 2


def test_an_entry_point_that_is_not_there_ends_the_load():
    async def call(request):
        raise NotImplementedError("no asyncio entry point")

    with pytest.raises(NotImplementedError, match="no asyncio entry"):
        drive(call, opened(schedules.constant(10, 60), 60))


def test_what_cannot_be_done_after_all_is_an_error_of_its_own():
    async def call(request):
        if request == 3:
            raise NotImplementedError("not this one")

    records = list(drive(call, opened([0.0, 0.1, 0.2, 0.3, 0.4], 1)).records)
    assert [r.kind for r in records] == ["ok", "ok", "ok", "NotImplementedError", "ok"]


def test_a_call_that_wants_to_exit_is_an_error_of_its_own():
    engine = drive(Counting([0.01], [SystemExit(0)]), opened([0.0, 0.1], 1))
    assert engine.records.counts == {"SystemExit": 2}


waits = st.lists(st.sampled_from([0.001, 0.01, 0.03, 0.2, 2.0]), min_size=1, max_size=6)
outcomes = st.lists(
    st.sampled_from([None, ValueError("v"), ConnectionResetError("c"), TimeoutError("t")]),
    min_size=1,
    max_size=5,
)
limits = st.fixed_dictionaries(
    {
        "cap": st.none() | st.integers(1, 8),
        "timeout": st.none() | st.sampled_from([0.005, 0.1, 1.0]),
        "drain": st.sampled_from([0.0, 0.1, 3.0]),
    }
)


def settle(engine, call):
    """Every request has one record, sent = ok + each error kind, and no more were in flight."""
    kinds_seen = Counter(record.kind for record in engine.records)
    assert kinds_seen == engine.records.counts
    assert len(engine.records) == sum(kinds_seen.values())
    assert "pending" not in kinds_seen
    assert call.calls == len(engine.records) - kinds_seen["unsent"]
    assert call.most <= engine.peak
    for record in engine.records:
        assert record.due <= record.sent + 1e-5 and record.sent <= record.end + 1e-5


@quick
@given(st.floats(5, 200), waits, outcomes, limits)
def test_open_loop_conserves_requests_and_keeps_the_cap(rate, waits, outcomes, limits):
    call = Counting(waits, outcomes)
    due = schedules.constant(rate, 1)
    engine = drive(call, opened(due, 1, **limits))
    settle(engine, call)
    assert len(engine.records) == len(due)
    if limits["cap"] is not None:
        assert call.most <= limits["cap"]


@quick
@given(st.integers(1, 12), waits, outcomes, st.sampled_from([0.0, 0.05]))
def test_closed_loop_has_never_more_in_flight_than_users(users, waits, outcomes, think):
    call = Counting(waits, outcomes)
    engine = drive(call, Plan(Closed(users, 1.0, think, limit=200), drain=3.0))
    settle(engine, call)
    assert call.most <= users
    assert len(engine.records) <= 200


@quick
@given(st.floats(1, 300), st.floats(0.5, 5), st.floats(0, 3), st.none() | st.integers(1, 50))
def test_a_warm_up_comes_before_and_shifts_the_rest(rate, duration, warmup, limit):
    due = schedules.constant(rate, duration)
    if not due:
        return
    made = arrivals(due, duration, warmup, limit)
    after = [moment - warmup for moment in made.due if moment >= warmup]
    assert after == pytest.approx(due[:limit])
    assert list(made.due) == sorted(made.due)
    before = len(made.due) - len(after)
    assert abs(before - warmup * len(due) / duration) <= 1
    assert made.duration <= warmup + duration + 1e-9


@pytest.mark.parametrize("loop", ["open", "closed"])
def test_memory_does_not_grow_with_the_requests_but_for_their_records(loop):
    """Objects kept for each request would take at least 100 bytes."""
    count = 4000
    if loop == "open":
        plan = opened(array("d", schedules.constant(1000, count / 1000)), count / 1000)
    else:
        plan = Plan(Closed(20, 3600.0, limit=count))
    held = []

    async def look(engine):
        while True:
            await asyncio.sleep(0.02)
            held.append((len(engine.records), tracemalloc.get_traced_memory()[0]))

    tracemalloc.start()
    try:
        assert len(drive(sleeping(0.02), plan, look).records) == count
    finally:
        tracemalloc.stop()
    (few, before), (many, after) = held[len(held) // 5], held[-1]
    assert many - few > count / 2
    assert after - before < 40 * (many - few)
