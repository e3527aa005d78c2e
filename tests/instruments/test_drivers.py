"""Drivers: every request is answered once and checked, and waiting in line is counted."""

import asyncio
import threading
import time

import pytest

from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.kinds import WrongReply
from harness.runtimes.base import Agent, RunFailed, Shipped
from harness.runtimes.floor.agent import FloorAgent
from harness.workload.model import Model
from harness.workload.script import ModelFailure, Script

WAYS = [
    (drive, entry)
    for drive in (drivers.one_by_one, drivers.concurrent)
    for entry in drivers.ENTRIES
]


class Liar(Agent):
    """Answers each request with the reply of another."""

    def run(self, prompt):
        return "reply 99"

    async def arun(self, prompt):
        return "reply 99"


class OneAtATime(Agent):
    """Serves one request at a time on the event loop, 10 ms each."""

    def __init__(self):
        self.lock = asyncio.Lock()

    async def arun(self, prompt):
        async with self.lock:
            await asyncio.sleep(0.01)
        return prompt.replace("request", "reply")


class AllTogether(Agent):
    """Replies once `parties` runs are under way."""

    def __init__(self, parties):
        self.barrier = threading.Barrier(parties, timeout=60)
        self.waiting = asyncio.Barrier(parties)

    def run(self, prompt):
        self.barrier.wait()
        return prompt.replace("request", "reply")

    async def arun(self, prompt):
        async with asyncio.timeout(60):
            await self.waiting.wait()
        return prompt.replace("request", "reply")


@pytest.mark.parametrize(("drive", "entry"), WAYS)
def test_every_request_is_made_once_and_its_reply_checked(drive, entry):
    model = Model(Script(tool_rounds=2))
    batch = drive(FloorAgent(model), model.script, entry, range(40)).ensure_ok()
    assert model.requests == 40 * 3
    assert len(batch.latencies) == len(batch.injected) == 40
    assert batch.error_rate == 0


@pytest.mark.parametrize(("drive", "entry"), WAYS)
def test_a_wrong_reply_is_a_failure(drive, entry):
    batch = drive(Liar(), Script(), entry, range(5))
    assert batch.error_rate == 1
    with pytest.raises(WrongReply, match="expected 'reply 0', got 'reply 99'"):
        batch.ensure_ok()


@pytest.mark.parametrize(("drive", "entry"), WAYS)
def test_one_failing_request_spoils_no_other(drive, entry):
    model = Model(Script(fail_at=frozenset({(7, 0)})))
    batch = drive(FloorAgent(model), model.script, entry, range(10))
    assert batch.error_rate == 0.1
    with pytest.raises(ModelFailure, match="request 7"):
        batch.ensure_ok()


@pytest.mark.parametrize(("drive", "entry"), WAYS)
def test_what_an_agent_cannot_do_is_not_counted_as_an_error(drive, entry):
    with pytest.raises(NotImplementedError, match=r"no (synchronous|asyncio) entry point"):
        drive(Agent(), Script(), entry, range(2))


@pytest.mark.parametrize(("drive", "entry"), WAYS)
def test_a_run_that_cannot_be_made_after_others_were_is_a_failure(drive, entry):
    class Once(FloorAgent):
        def run(self, prompt):
            if prompt == "request 2":
                raise NotImplementedError("not that one")
            return super().run(prompt)

        async def arun(self, prompt):
            return self.run(prompt)

    batch = drive(Once(Model()), Script(), entry, range(4))
    assert batch.error_rate == 0.25
    with pytest.raises(RunFailed, match="not that one"):
        batch.ensure_ok()


@pytest.mark.parametrize("entry", drivers.ENTRIES)
def test_concurrent_runs_overlap_their_waiting(entry):
    """Each waits for all others, so they end only if all of them wait at the same time."""
    drivers.concurrent(AllTogether(20), Script(), entry, range(20)).ensure_ok()


def test_waiting_in_line_is_part_of_the_latency():
    """All arrive at once at a server of one slot: the last has waited for all before it."""

    async def drive():
        return await drivers.aconcurrent(OneAtATime(), Script(), range(10))

    batch = asyncio.run(drive()).ensure_ok()
    assert max(batch.latencies) >= 0.099
    assert sorted(batch.latencies) == list(batch.latencies)


@pytest.mark.parametrize("entry", drivers.ENTRIES)
def test_spaced_arrivals_are_counted_from_their_own_due_time(entry):
    model = Model()
    begin = time.perf_counter()
    due = [i * 0.02 for i in range(5)]
    batch = drivers.concurrent(FloorAgent(model), model.script, entry, range(5), due)
    took = time.perf_counter() - begin
    assert took >= 0.08
    assert all(late <= took - at for late, at in zip(batch.latencies, due, strict=True))


@pytest.mark.parametrize("entry", drivers.ENTRIES)
def test_repeat_checks_every_run(entry):
    model = Model()
    drivers.repeat(FloorAgent(model), entry)(25)
    assert model.requests == 25
    with pytest.raises(RunFailed):
        drivers.repeat(Liar(), entry)(1)


def _checked(result):
    if result != "met":
        raise RunFailed(f"not {result}")


@pytest.mark.parametrize("count", [2, 10])
def test_a_burst_calls_a_shipped_agent_at_the_same_moment(count):
    together, alone = threading.Barrier(count, timeout=30), asyncio.Barrier(count)

    def call():
        together.wait()
        return "met"

    async def acall():
        await asyncio.wait_for(alone.wait(), 30)
        return "met"

    for shipped in (Shipped(call, _checked), Shipped(call, _checked, acall=acall)):
        batch = drivers.burst(shipped, count)
        assert not batch.failures
        assert len(batch.added) == count


def test_what_fails_in_a_burst_and_what_is_wrong_are_failures():
    answers = iter(["met", "lost", RuntimeError("broken")])

    def call():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    failures = drivers.burst(Shipped(call, _checked), 3).failures
    assert sorted(map(str, failures)) == ["broken", "not lost"]
