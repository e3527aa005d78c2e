"""Event-loop health: a planted block is named, a busy machine is not blamed on a callback."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from harness.instruments.event_loop.health import Block, Health, Look, Looks
from harness.instruments.event_loop.heartbeat import Heartbeat

HERE = os.path.basename(__file__)


def uvloop_run(main):
    return pytest.importorskip("uvloop").run(main)


LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop_run], ids=["asyncio", "uvloop"])


def line_of(function, below=1):
    return f"{HERE}:{function.__code__.co_firstlineno + below}"


async def tool_that_sleeps():
    time.sleep(0.4)


async def tool_that_computes():
    end = time.thread_time() + 0.4
    while time.thread_time() < end:
        pass


async def watched(work):
    async with Heartbeat() as heartbeat:
        await asyncio.sleep(0.02)
        await work()
        await asyncio.sleep(0.02)
    return heartbeat.health


@LOOPS
@pytest.mark.parametrize("tool", [tool_that_sleeps, tool_that_computes])
def test_a_block_is_told_with_the_stack_that_blocked(run, tool):
    health = run(watched(tool))
    named = [block for block in health.blocks if tool.__name__ in block.culprit]
    assert named and HERE in named[0].culprit
    assert max(block.own for block in named) > 0.25
    assert any("watched" in line for line in named[0].stack)
    assert health.late(100) > 0.25
    if tool is tool_that_sleeps:
        assert line_of(tool) in named[0].culprit
        assert named[0].cpu is None or named[0].cpu < 0.2


@LOOPS
def test_a_clean_twin_is_not_flagged_while_the_machine_is_busy(run):
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        health = run(watched(lambda: asyncio.sleep(0.5)))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert not health.blocks, health.text()
    assert len(health.lateness) > 50


def test_beats_due_during_a_block_count_each_with_its_own_lateness():
    health = asyncio.run(watched(tool_that_sleeps))
    late = [value for value in health.lateness if value > 0.05]
    # 400 ms at 5 ms: 80 beats could not come; all but those due in the last 50 ms are in `late`.
    assert len(late) >= 60
    assert len(health.lateness) == pytest.approx(health.seconds / 0.005, abs=3)


PAUSE = 0.006
ONE, OTHER, LOOP = "one callback", "another callback", None


def looked(*looks, late=0.12, cpu=0.0):
    """A Health after one late beat; a look is (seconds, cpu, sleeps, callback)."""
    seen = Looks(Look(0.0, 0.0), 2 * PAUSE)
    for at, ran, sleeps, callback in looks:
        seen.add(Look(at, ran, sleeps, callback, (f"program.py:3 {callback}",) if callback else ()))
    health = Health(interval=0.005, threshold=0.05)
    health.note(seen.block(Look(0.005 + late, cpu), 1.0, late, process_cpu=cpu))
    return health


def every(seconds, callback, *, computes=0.0, sleeps=False):
    """Looks every PAUSE; computes: of which share of the time."""
    times = [PAUSE * number for number in range(1, round(seconds / PAUSE))]
    return [(at, at * computes, sleeps, callback) for at in times]


@pytest.mark.parametrize(
    ("looks", "cpu", "blamed"),
    [
        (every(0.12, ONE, sleeps=True), 0.0, True),
        (every(0.12, ONE, computes=1), 0.12, True),
        (every(0.12, ONE, computes=0.6), 0.072, True),
        (every(0.12, ONE, computes=0.2), 0.024, False),
        (every(0.12, ONE, computes=0.01), 0.0012, False),  # without a processor
        (every(0.12, ONE, computes=0.01, sleeps=True), 0.0012, False),  # waits for the GIL
        (every(0.12, LOOP, sleeps=True), 0.0, False),  # waits for events
        ([], 0.1, False),  # nobody looked
        ([(0.12, 0.12, False, ONE)], 0.12, False),  # in a callback at the very end
        ([(0.01 * i, 0.01 * i, False, ONE + str(i)) for i in range(1, 12)], 0.12, False),
        ([(0.01, 0.01, False, ONE), (0.11, 0.11, False, OTHER)], 0.12, False),
        ([(0.01, 0.01, False, ONE), (0.11, 0.11, False, ONE)], 0.12, True),
    ],
)
def test_a_callback_is_blamed_only_for_what_it_did(looks, cpu, blamed):
    health = looked(*looks, cpu=cpu)
    assert (len(health.blocks), len(health.starved)) == ((1, 0) if blamed else (0, 1))


def test_a_callback_answers_for_its_own_share_of_a_block():
    short, long = every(0.03, ONE, sleeps=True), every(0.12, OTHER, sleeps=True)[5:]
    (block,) = looked(*short, *long).blocks
    assert block.culprit == f"program.py:3 {OTHER}"
    assert block.own == pytest.approx(0.09, abs=2 * PAUSE)


@LOOPS
def test_runs_that_are_all_due_after_a_pause_are_not_blamed(run):
    async def short():
        end = time.thread_time() + 0.01
        while time.thread_time() < end:
            pass

    async def at_once():
        await asyncio.gather(*(short() for _ in range(20)))

    health = run(watched(at_once))
    assert not health.blocks, health.text()
    assert health.starved


def test_a_block_that_began_between_two_beats_counts():
    late = Health(interval=0.005, threshold=0.05).least
    assert late == pytest.approx(0.045)
    assert looked(*every(0.005 + late, ONE, sleeps=True), late=late).blocks


def block_with(*stack):
    return Block(0.0, 0.1, 0.1, 0.0, 0.0, stack)


def test_the_culprit_is_the_innermost_frame_of_the_program():
    block = block_with(f"{subprocess.__file__}:10 run", "mine.py:7 tool", "mine.py:3 main")
    assert block.culprit == "mine.py:7 tool" and "mine.py:7 tool" in block.text()
    assert block_with().culprit == ""


@pytest.mark.parametrize(("interval", "threshold"), [(0, 0.1), (0.2, 0.1), (-1, 1)])
def test_a_bad_interval_is_refused(interval, threshold):
    with pytest.raises(ValueError, match="interval"):
        Heartbeat(interval, threshold)


def test_a_heartbeat_leaves_nothing_behind():
    def descriptors():
        return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0

    async def twice():
        for _ in range(2):
            async with Heartbeat():
                await asyncio.sleep(0.01)
        return len(asyncio.all_tasks())

    asyncio.run(twice())
    before = threading.active_count(), descriptors()
    assert asyncio.run(twice()) == 1
    assert (threading.active_count(), descriptors()) == before


def test_without_the_clocks_of_threads_a_block_is_still_seen(monkeypatch):
    monkeypatch.delattr(time, "pthread_getcpuclockid")  # as on macOS

    async def main():
        async with Heartbeat() as heartbeat:
            time.sleep(0.2)
            await asyncio.sleep(0.01)
        return heartbeat.health

    assert asyncio.run(main()).blocks


@pytest.mark.parametrize("first", [0.0, 0.3, 0.6, 0.9])
def test_a_block_just_over_the_threshold_is_found_wherever_the_looks_fall(first):
    late = 0.047  # it began before a beat was due, and slept for 52 ms
    moments = [PAUSE * (1 + first + number) for number in range(8)]
    looks = [(at, 0.0, True, ONE) for at in moments if at < late]
    (block,) = looked(*looks, late=late).blocks
    assert block.own == pytest.approx(late, abs=PAUSE)
