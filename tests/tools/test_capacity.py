"""Whole searches for a capacity, on virtual time: exact, and over in no time."""

import asyncio

import pytest
from capacity_virtual import searched
from load_virtual import Slots

from harness.tools.load import judge
from harness.tools.load.capacity.gave_out import gave_out


@pytest.mark.parametrize(("slots", "seconds"), [(2, 0.1), (1, 0.04), (5, 0.12), (3, 0.25)])
def test_the_capacity_of_a_planted_server_is_found(slots, seconds):
    found = searched(Slots(slots, seconds))
    capacity, at = slots / seconds, found.edge
    assert found.over == "found" and found.seconds < 150
    assert at.low == at.met and at.high == at.above and at.met < at.above <= 1.03 * at.met
    assert abs(at.met / capacity - 1) <= 0.05
    said = gave_out(found)
    assert said["what"] == "concurrency" and f"of about {slots} at once" in said["text"]


def test_poisson_arrivals_stay_below_what_even_ones_reach():
    found = searched(Slots(4, 0.2), shape="poisson", slo=judge.read("p95=400ms"))
    assert 0.6 * 20 < found.edge.met < 1.02 * 20
    assert len({step.figures["requests.due"] for step in found.steps}) > 5


def test_a_rate_that_grows_a_queue_is_missed_before_its_latency_is_too_long():
    found = searched(Slots(2, 0.1))
    step = next(s for s in found.steps if s.rate == found.edge.above)
    assert step.levels[0]["met"] and step.verdict == "missed" and 0.01 < step.growth < 0.06
    assert "so does the queue" in step.why[0]


def test_every_step_begins_on_an_empty_queue():
    """Also after one that left thousands of requests behind."""
    slots = Slots(1, 0.1)
    found = searched(slots, rate=80.0, drain=0.0, budget=250.0, slo=judge.read("p95=300ms"))
    assert found.steps[0].figures["requests.errors"]["unfinished"] > 100
    assert found.over == "found" and abs(found.edge.met / 10 - 1) <= 0.05


def test_who_answers_errors_is_not_quick():
    inside = 0

    async def limited(request):
        nonlocal inside
        if inside == 3:
            raise ConnectionRefusedError
        inside += 1
        await asyncio.sleep(0.1)
        inside -= 1

    found = searched(limited)
    assert abs(found.edge.met / 30 - 1) <= 0.05
    said = gave_out(found)
    assert said["what"] == "errors" and "dropped" in said["text"]


def test_our_own_cap_is_named():
    found = searched(Slots(50, 0.1), cap=2)
    assert abs(found.edge.met / 20 - 1) <= 0.05 and gave_out(found)["what"] == "cap"


def test_latency_that_no_queue_makes_is_named():
    rates = iter(range(10**9))
    before = [0.0]

    async def slower(request):
        """The nearer together requests come the longer each takes."""
        next(rates)
        now = asyncio.get_running_loop().time()
        gap, before[0] = now - before[0], now
        await asyncio.sleep(min(1.0, 0.004 / max(gap, 1e-4)))

    said = gave_out(searched(slower))
    assert said["what"] == "latency" and "no queue grows" in said["text"]


def test_the_budget_and_ctrl_c_leave_what_is_known():
    found = searched(Slots(2, 0.1), budget=60.0)
    assert found.over == "budget" and found.seconds <= 60 + 10
    assert found.edge.met == 20.0 and found.edge.above is not None
    found = searched(Slots(2, 0.1), stop_at=5)
    assert found.over == "stopped" and found.edge.met == 20.0 and len(found.steps) == 3


def test_a_target_that_always_fails_is_refused():
    async def fails(request):
        raise ConnectionResetError

    with pytest.raises(ValueError, match="a request that is alone ends with 'dropped'"):
        searched(fails)


def test_no_rate_may_meet_it():
    found = searched(Slots(10, 0.5))
    assert found.edge.met is None and found.over == "limit" and found.edge.high is not None
