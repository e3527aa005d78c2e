"""One step of a search for a capacity: met, missed or invalid; whether its queue grows; causes."""

import dataclasses
import random

import pytest
from capacity_virtual import searched
from load_virtual import Slots, drive, opened, outcome

from harness.instruments.arrivals.plan import Open, Plan
from harness.instruments.arrivals.records import Records
from harness.tools.load import judge
from harness.tools.load.capacity.gave_out import gave_out
from harness.tools.load.capacity.step import growth, judged
from harness.tools.load.run import Outcome, Sample
from harness.tools.load.target import Target
from harness.workload import schedules

SLOS = judge.read("p95=300ms,errors=1%")
HERE, THERE = (Target("planted", lambda: None, is_here=is_here) for is_here in (True, False))


def step(target, *, late=0.0, took=0.05, machine=20.0, cpu=1.0, cap=None):
    """Of 100 requests a second for ten seconds; cpu: seconds that the process used of the ten."""
    records = Records()
    for i in range(1000):
        due = i / 100
        records.finish(records.send(due, due + late, late), due + late + took, "ok")
    samples = [Sample(0.0, 0.0, machine, 1), Sample(10.0, cpu, machine, 1)]
    found = Outcome(Plan(Open([i / 100 for i in range(1000)], 10.0)), records, samples, cap, peak=9)
    return judged(target, found, SLOS, {}, 100.0, 0.0)


@pytest.mark.parametrize(
    ("target", "of", "verdict"),
    [
        (THERE, {}, "met"),
        (THERE, {"took": 0.4}, "missed"),
        (THERE, {"late": 0.02}, "met"),  # latency has the lateness in it, and is short enough
        (THERE, {"late": 0.1, "took": 0.25}, "invalid"),
        (HERE, {"late": 0.1, "took": 0.25}, "missed"),  # the agent blocks the event loop of both
        (HERE, {"late": 0.1, "took": 0.25, "machine": 99.0}, "invalid"),  # it was others
        (HERE, {"late": 0.1, "took": 0.25, "machine": 99.0, "cpu": 9.5}, "missed"),
        (THERE, {"late": 0.4}, "invalid"),
        (THERE, {"late": 0.4, "cap": 9}, "missed"),
    ],
)
def test_a_late_generator_makes_invalid_what_it_may_have_caused(target, of, verdict):
    made = step(target, **of)
    assert made.verdict == verdict and bool(made.why) == (verdict != "met")
    assert verdict != "invalid" or any("the generator was" in why for why in made.why)


def test_a_rate_that_was_not_sent_is_no_answer():
    due = schedules.constant(100, 2)
    records = Records()
    for i, moment in enumerate(due):
        records.finish(records.send(moment, i / 50, 0.0), i / 50 + 0.01, "ok")
    made = judged(THERE, Outcome(Plan(Open(due, 2)), records), SLOS, {}, 100.0, 0.0)
    assert made.verdict == "invalid" and "sent 50" in made.why[0]


@pytest.mark.parametrize(("over", "grows"), [(0.9, 0.0), (1.0, 0.0), (1.02, 0.02), (1.5, 0.5)])
def test_latency_of_a_queue_grows_by_what_the_rate_is_above_the_capacity(over, grows):
    due = schedules.constant(40 * over, 8)
    found = growth(outcome(drive(Slots(4, 0.1), opened(due, 8))))
    assert found == pytest.approx(grows, abs=0.003)


def test_one_stall_is_no_growth():
    """A queue that has 2 % to spare needs most of the step to get over a stall of 0.1 s."""
    for at in range(50, 350, 25):
        slots = Slots(4, 0.1, stalls=dict.fromkeys(range(at, at + 4), 0.1))
        engine = drive(slots, opened(schedules.constant(39.2, 10), 10))
        assert growth(outcome(engine)) == 0.0, at


def test_noise_is_seldom_growth():
    rng, grew = random.Random(1), 0
    for _ in range(300):
        records = Records()
        for i in range(200):
            records.finish(records.send(i / 20, i / 20, 0.0), i / 20 + rng.expovariate(1.0), "ok")
        found = growth(Outcome(Plan(Open([0.0], 10.0)), records))
        grew += found > 0
    assert grew <= 6  # 0.7 % are expected


def test_a_few_requests_tell_no_growth():
    assert growth(outcome(drive(Slots(1, 0.1), opened(schedules.constant(10, 1.5), 1.5)))) is None


@pytest.mark.parametrize(
    ("cpu", "machine", "what", "words"),
    [
        ({"agent": 96.0}, 60.0, "cpu", "agent's process: 96 % of a core, the generator included"),
        ({"generator": 20.0, "agent": 96.0}, 60.0, "cpu", "agent's process: 96 % of a core"),
        ({"agent": 30.0, "model server": 99.0}, 60.0, "cpu", "the model server's process: 99 %"),
        ({"generator": 96.0, "agent": 20.0}, 60.0, "concurrency", "the agent used 20 % of a core"),
        ({"agent": 20.0}, 97.0, "machine", "97 % of all cores"),
    ],
)
def test_what_is_used_up_gave_out(cpu, machine, what, words):
    found = searched(Slots(2, 0.1))
    used = {"usage.machine_mean": machine}
    found.steps[:] = [
        dataclasses.replace(each, cpu=cpu, figures=each.figures | used) for each in found.steps
    ]
    said = gave_out(found)
    assert said["what"] == what and words in said["text"]


def test_a_generator_that_cannot_send_more_is_not_taken_for_the_target():
    found = searched(Slots(2, 0.1))
    late = {"verdict": "invalid", "why": ["it was late"]}
    found.steps[:] = [
        dataclasses.replace(each, **late if each.rate > 20 else {}) for each in 3 * found.steps
    ]
    assert not found.is_known and found.edge.high is None
    assert gave_out(found) == {
        "what": "generator",
        "text": "the generator, not the target: it was late",
    }
