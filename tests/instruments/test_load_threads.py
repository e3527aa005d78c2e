"""The engine in threads and on the real clock: what is counted, not how fast it was."""

import asyncio
import contextlib
import threading
import time

import pytest
from hypothesis import settings
from load_virtual import drive, opened, sleeping

from harness.instruments.arrivals.engine import Threads, TooMany, engine_for
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.tools.load.run import run
from harness.tools.load.target import Target
from harness.workload import schedules

quick = settings(max_examples=25, deadline=None)


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
