"""`python -m harness event-loop`: runtimes that block, and clean ones."""

import json
import os
import subprocess
import sys

import pytest
from places import TESTS

from harness.tools.event_loop import cli
from harness.tools.event_loop.cli import status
from harness.tools.event_loop.worker import SCENARIOS

HERE = os.path.basename(__file__)


def event_loop(*arguments):
    command = [sys.executable, "-m", "harness", "event-loop", *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True)


def test_a_planted_blocking_call_is_named_by_the_command():
    done = event_loop("--runtime", "leaky_runtimes:Blocking", "--requests", "30")
    assert done.returncode == 1, done.stderr
    assert "blocking call: time.sleep at " in done.stdout and "leaky_runtimes.py:" in done.stdout


def test_a_clean_runtime_is_not_flagged():
    # Calls are found without a clock; what a clock finds is in tests/instruments.
    clean = ("--runtime", "leaky_runtimes:Clean", "--requests", "30", "--threshold", "10s")
    done = event_loop(*clean, "--json", "-")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    for one in map(told["scenarios"].get, SCENARIOS):
        assert not one["health"]["blocks"] and not one["calls"]


def test_what_cannot_be_measured_is_no_verdict():
    done = event_loop("--runtime", "adapters:Unable", "--requests", "5")
    assert done.returncode == 3 and "not measured" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--runtime", "nobody"], "no runtime"),
        (["--runtime", "floor", "--requests", "0"], "--requests"),
        (["--runtime", "floor", "--threshold", "1ms"], "--threshold"),
        (["--runtime", "floor", "--threshold", "50"], "10ms to 10s"),
    ],
)
def test_bad_input_is_one_line(arguments, reason):
    done = event_loop(*arguments)
    assert done.returncode == 2 and reason in done.stderr and done.stderr.count("\n") == 1


def seen(p99, blocks=()):
    return {
        "health": {"lateness": {"p99": p99}, "threshold": 0.05, "blocks": list(blocks)},
        "calls": [],
    }


def test_lateness_that_hides_blocks_is_no_verdict():
    assert status({"agents": seen(0.01)}) == 0
    assert status({"agents": seen(0.01), "workflows": {"not_measured": "no"}}) == 0
    assert status({"agents": seen(0.2)}) == 3
    assert status({"agents": seen(0.2, ["one"])}) == 1
    assert status({"agents": {"error": "no"}, "workflows": seen(0.01)}) == 3


@pytest.mark.parametrize(
    ("shown", "tries", "verdict"),
    [
        ([seen(0.01)], 1, 0),
        ([seen(0.2), seen(0.01)], 2, 0),
        ([seen(0.2), seen(0.2, ["one"])], 2, 1),
        ([seen(0.2)] * 3, 3, 3),
        ([{"not_measured": "no"}], 1, 3),
    ],
)
def test_what_a_busy_machine_hides_is_watched_again(shown, tries, verdict, monkeypatch):
    left = list(shown)
    monkeypatch.setattr(cli, "attempt", lambda *args, **options: left.pop(0))
    assert status({"agents": cli._watched({}, "python")}) == verdict
    assert len(shown) - len(left) == tries
