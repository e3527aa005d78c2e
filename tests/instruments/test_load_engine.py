"""The engine on a virtual clock: one record a request, timed from when it was due; limits."""

import asyncio
import contextlib
import threading
import time
import tracemalloc
from array import array
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from load_virtual import Slots, drive, opened

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.engine import Threads, TooMany, engine_for
from harness.instruments.arrivals.plan import Closed, Open, Plan, arrivals
from harness.tools.load.run import run
from harness.tools.load.target import Target
from harness.workload import schedules

quick = settings(max_examples=25, deadline=None)


def sleeping(seconds):
    async def call(request):
        await asyncio.sleep(seconds)

    return call


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


# Threads and the real clock: what is counted, not how fast it was.


class Blocking:
    """A plain function that knows how many threads are in it at once."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.lock = threading.Lock()
        self.now = self.most = self.calls = 0

    def __call__(self, request):
        with self.lock:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        if request % 3 == 0:
            raise KeyError(request)


def real(call, plan):
    async def main():
        engine = engine_for(call, plan)
        await engine.run()
        return engine

    return asyncio.run(main())


def test_plain_functions_run_in_threads_and_keep_the_cap():
    call = Blocking(0.005)
    engine = real(call, opened([0.0] * 90, 0.01, cap=7))
    assert call.calls == 90 and 1 < call.most <= 7
    assert engine.records.counts == {"ok": 60, "KeyError": 30}


def test_users_in_threads():
    call = Blocking(0.002)
    engine = real(call, Plan(Closed(5, 30.0, limit=60)))
    assert call.calls == 60 and call.most <= 5
    assert engine.records.counts == {"ok": 40, "KeyError": 20}


def test_too_few_threads_are_told_in_one_line_and_those_there_are_end(monkeypatch):
    start, started = threading.Thread.start, []

    def first_two(thread):
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", first_two)
    with pytest.raises(TooMany, match="5 threads: can't start new thread"):
        Threads(print, Plan(Closed(5, 60.0))).make()
    for thread in started:
        thread.join(30)
        assert not thread.is_alive()


def test_a_thread_that_timed_out_keeps_its_place():
    call = Blocking(0.2)
    engine = real(call, opened([0.0] * 6, 0.01, cap=2, timeout=0.05, drain=5))
    assert call.most <= 2 and call.calls == 6
    assert engine.records.counts == {"timeout": 6}
    assert max(record.latency for record in engine.records) > 0.35  # two places, three turns


def test_a_thread_may_raise_anything():
    def call(request):
        raise (StopIteration, SystemExit)[request]

    counts = real(call, opened([0.0, 0.0], 0.01)).records.counts
    assert sum(counts.values()) == 2 and "ok" not in counts


def test_at_an_impossible_rate_requests_are_left_unsent_not_forgotten():
    async def call(request):
        time.sleep(0.002)  # blocks the event loop: at most 500 a second

    due = schedules.constant(20_000, 0.3)
    engine = real(call, Plan(Open(due, 0.3), drain=0.1))
    assert len(engine.records) == len(due)
    assert engine.records.counts["unsent"] > 1000


def test_a_call_that_cannot_be_cancelled_does_not_keep_the_load_from_ending():
    ended = []

    async def never(request):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.5)
        ended.append(request)

    target = Target("never", lambda: contextlib.nullcontext(never))
    outcome = run(target, opened([0.0, 0.01], 0.1, drain=0.1))
    assert outcome.records.counts == {"unfinished": 2} and not ended


def test_threads_that_never_end_do_not_keep_the_load_from_ending():
    go_on = threading.Event()
    engine = real(lambda request: go_on.wait(60), opened([0.0, 0.0], 0.1, drain=0.1))
    assert engine.records.counts == {"unfinished": 2} and not go_on.is_set()
    go_on.set()


def test_stopping_does_not_wait_for_users_who_think():
    async def stop(engine):
        await asyncio.sleep(0.25)
        engine.stop()

    engine = drive(sleeping(0.1), Plan(Closed(2, 60.0, think=30.0)), stop)
    assert engine.elapsed() < 1 and engine.records.counts == {"ok": 2}


def test_a_cancelled_error_of_the_call_is_its_own_also_after_the_last_arrival():
    async def call(request):
        await asyncio.sleep(0.1)
        raise asyncio.CancelledError

    assert drive(call, opened([0.0, 0.1], 0.1)).records.counts == {"CancelledError": 2}


def test_on_a_real_clock_no_request_is_sent_before_it_is_due():
    due = schedules.constant(500, 0.4)
    engine = real(sleeping(0.0), opened(due, 0.4))
    assert engine.records.counts == {"ok": len(due)}
    assert all(record.sent >= record.due - 1e-5 for record in engine.records)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Open([], 1.0), "at least one request"),
        (lambda: Open([0.0, 2.0], 1.0), "duration"),
        (lambda: Closed(0, 1.0), "users"),
        (lambda: Closed(1, float("nan")), "duration"),
        (lambda: Closed(1, 1.0, think=-1), "think"),
        (lambda: Plan(Closed(1, 1.0), cap=3), "no cap"),
        (lambda: Closed(1, 1.0, warmup=1.0), "warm-up"),
        (lambda: Plan(Closed(1, 1.0), timeout=0.0), "timeout"),
        (lambda: opened([0.0], 1.0, cap=0), "cap"),
        (lambda: opened([0.0], 1.0, drain=-1.0), "drain"),
    ],
)
def test_impossible_plans_are_refused(make, why):
    with pytest.raises(ValueError, match=why):
        make()
