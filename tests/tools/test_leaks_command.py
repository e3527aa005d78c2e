"""`python -m harness leaks`: scenarios of runtimes with a planted leak, and of clean ones."""

import json
import subprocess
import sys

import pytest
from places import TESTS

from harness.instruments.leaks.report import LEAK, NO_LEAK, NOT_ENOUGH
from harness.instruments.leaks.scenarios import BY_NAME, SCENARIOS
from harness.tools.leaks.cli import FAILED, NOT_MEASURED, ROW, status


def leaks(*arguments):
    command = [sys.executable, "-m", "harness", "leaks", *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True)


def scenarios(runtime, *arguments, runs="150"):
    done = leaks("--runtime", runtime, "--runs", runs, "--json", "-", *arguments)
    told = json.loads(done.stdout)
    assert told["status"] == done.returncode and told["schema"] == 1
    return {f"{s['scenario']}/{s['entry']}": s for s in told["scenarios"]}, done


PLANTED = [
    ("Kilobyte", "run", "asyncio", "memory", "leaky_runtimes.py:"),
    ("Registry", "build", "threads", "survivors", "leaky_runtimes.KEPT"),
    ("InContext", "client", "asyncio", "survivors", "Context"),
    ("Registry", "workflow", "asyncio", "survivors", "leaky_runtimes.KEPT"),
    ("Failures", "failure", "threads", "memory", "ModelFailure"),
    ("Failures", "cancel", "asyncio", "memory", "leaky_runtimes.py:"),
    ("Threads", "run", "threads", "threads", "keeper"),
    ("Descriptors", "tools", "asyncio", "descriptors", "/dev/null"),
]


@pytest.mark.parametrize(("runtime", "scenario", "entry", "kind", "name"), PLANTED)
def test_a_planted_leak_is_found_where_it_is(runtime, scenario, entry, kind, name):
    where = ("--scenario", scenario, "--entry", entry)
    found, done = scenarios(f"leaky_runtimes:{runtime}", *where)
    (result,) = found.values()
    assert done.returncode == 1 and result["verdict"] == LEAK
    lines = [f for f in result["report"]["findings"] if f["kind"] == kind]
    assert name in json.dumps(lines)


def test_a_leak_of_failed_runs_does_not_show_where_none_fails():
    found, done = scenarios("leaky_runtimes:Failures", "--scenario", "run", "--entry", "threads")
    assert done.returncode == 0 and found["run/threads"]["verdict"] == NO_LEAK


def test_a_leak_is_found_in_few_runs():
    where = ("--scenario", "run", "--entry", "asyncio")
    found, done = scenarios("leaky_runtimes:Kilobyte", *where, runs="60")
    assert done.returncode == 1 and found["run/asyncio"]["verdict"] == LEAK


def test_what_may_be_a_cache_is_no_verdict_and_how_many_runs_may_tell_is_said():
    where = ("--scenario", "run", "--entry", "threads", "--runs", "60")
    done = leaks("--runtime", "leaky_runtimes:Filling", *where)
    assert done.returncode == 3
    assert "too few runs for a verdict on run/threads: try --runs 500" in done.stdout


def test_a_clean_runtime_has_no_leak_in_any_scenario():
    found, done = scenarios("floor", "--entry", "asyncio", runs="100")
    assert done.returncode == 0, done.stdout
    assert set(found) == {f"{scenario}/asyncio" for scenario in SCENARIOS.keys() - BY_NAME}
    assert {one["verdict"] for one in found.values()} == {NO_LEAK}


@pytest.mark.parametrize(("runtime", "scenario"), [("floor", "client"), ("InContext", "build")])
def test_without_a_context_that_is_kept_and_a_timer_that_keeps_it_nothing_stays(runtime, scenario):
    name = runtime if runtime == "floor" else f"leaky_runtimes:{runtime}"
    found, done = scenarios(name, "--scenario", scenario, "--entry", "asyncio", runs="100")
    assert done.returncode == 0 and found[f"{scenario}/asyncio"]["verdict"] == NO_LEAK


def test_where_no_timer_is_set_nothing_is_said_of_timers():
    found, done = scenarios("leaky_runtimes:Streamed", "--scenario", "client")
    assert done.returncode == 3
    assert {one["verdict"] for one in found.values()} == {NOT_MEASURED}
    assert "asked for streams" in found["client/asyncio"]["reason"]


def test_what_a_runtime_cannot_do_is_not_held_against_it():
    found, done = scenarios("adapters:Unable", "--scenario", "run", "--scenario", "stream")
    assert done.returncode == 3  # nothing could be judged
    assert {one["verdict"] for one in found.values()} == {NOT_MEASURED}
    assert "entry point" in found["run/asyncio"]["reason"]


@pytest.mark.parametrize("runtime", ["Denied", "WrongReply", "Crashes"])
def test_a_run_that_fails_is_no_verdict(runtime):
    where = ("--scenario", "run", "--entry", "threads")
    found, done = scenarios(f"adapters:{runtime}", *where)
    assert done.returncode == 3 and found["run/threads"]["verdict"] == FAILED


def test_the_text_says_what_was_found():
    arguments = ("--runtime", "floor", "--scenario", "run", "--entry", "threads", "--runs", "60")
    done = leaks(*arguments, "--python", sys.executable)
    assert done.returncode == 0, done.stderr
    assert "run/threads: no leak" in done.stdout and "floor: no leak found" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--runtime", "nobody"], "no runtime"),
        (["--runtime", "floor", "--runs", "5"], "--runs"),
        (["--runtime", "floor", "--python", "/no/such/python"], "no Python"),
    ],
)
def test_bad_input_is_one_line(arguments, reason):
    done = leaks(*arguments)
    assert done.returncode == 2 and reason in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([NO_LEAK, NOT_MEASURED], 0),
        ([NO_LEAK, LEAK, FAILED], 1),
        ([NO_LEAK, NOT_ENOUGH], 3),
        ([NO_LEAK, FAILED], 3),
        ([NOT_MEASURED], 3),
    ],
)
def test_the_status_says_the_worst(verdicts, expected):
    assert status([ROW | {"verdict": verdict} for verdict in verdicts]) == expected
