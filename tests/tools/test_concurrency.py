"""Concurrency checks on the floor, on GreenLang, and on agents with planted faults."""

import json
import subprocess
import sys

import adapters
import pytest
from concurrency_adapters import (
    AsksAgain,
    Batches,
    Contagious,
    FailsAtOnce,
    LastError,
    LeaksPermits,
    Stubborn,
    Swallows,
    TenAtATime,
)
from places import ROOT
from test_concurrency_races import BOTH, Planted

from harness.runtimes import load
from harness.runtimes.base import RunFailed
from harness.tools.concurrency import checks
from harness.tools.concurrency.check import FAILED, NOT_APPLICABLE, PASSED, REPORTED
from harness.tools.concurrency.script import CountingModel, wrong_runs
from harness.tools.concurrency.worker import suite
from harness.workload.script import ModelFailure, Script, prompt_of


@pytest.mark.parametrize("entry", BOTH)
@pytest.mark.parametrize("count", [10, 100, 1000])
def test_the_floor_serves_many_at_once(entry, count):
    floor = load("floor")
    report = checks.at_once(floor, entry, count)
    assert (report.verdict, report.runs) == (PASSED, count), report.evidence
    peak = int(report.evidence[0].split()[0])
    assert count / 4 < peak <= count  # they really were there together, on a slow machine, too
    for check in (checks.mixed_inputs, checks.partial_failures):
        assert check(floor, entry, count).verdict == PASSED


@pytest.mark.parametrize("entry", BOTH)
@pytest.mark.parametrize(
    ("agent", "text"),
    [
        (Contagious, "broken since an earlier run"),
        (Swallows, "its model failed, yet it ended with 'sorry'"),
        (LastError, "failed with the error of request"),
    ],
)
def test_failures_that_spread_or_hide_are_found(agent, text, entry):
    report = checks.partial_failures(Planted(agent), entry, 50)
    assert report.verdict == FAILED
    assert any(text in line for line in report.evidence)


def test_model_calls_are_counted_after_failures_too():
    report = checks.partial_failures(Planted(AsksAgain), "asyncio", 10)
    assert (report.verdict, report.failures) == (FAILED, 8)
    assert "afterwards: request 0: round 0 was asked 2 times, not 1" in report.evidence


def test_exactly_the_scripted_requests_fail():
    report = checks.partial_failures(load("floor"), "asyncio", 100)
    assert (report.failures, report.runs, report.evidence) == (0, 180, ("20 scripted failures",))


def test_permits_that_are_never_given_back_are_found_and_end():
    report = checks.partial_failures(Planted(LeaksPermits), "asyncio", 20, limit=1.0)
    assert report.verdict == FAILED
    assert any("no end within 1 s" in line for line in report.evidence)


def test_one_error_that_ends_a_whole_batch_is_found():
    for check in (checks.error_isolation, checks.partial_failures):
        report = check(Planted(Batches), "asyncio", 20)
        assert report.verdict == FAILED and report.failures >= 10


@pytest.mark.parametrize("entry", BOTH)
def test_refused_prompts_leave_their_neighbours_alone(entry):
    report = checks.error_isolation(load("floor"), entry)
    assert (report.verdict, report.evidence) == (PASSED, ("10 refused runs",))


def test_cancelled_runs_end_and_take_nobody_along():
    assert checks.cancellation(load("floor"), "asyncio").verdict == PASSED
    assert checks.cancellation(load("floor"), "threads").verdict == NOT_APPLICABLE
    report = checks.cancellation(Planted(Stubborn), "asyncio")
    assert (report.verdict, report.failures) == (FAILED, 4)
    assert "cancelled, and ended with 'cancelled request 0'" in report.evidence[0]
    assert checks.cancellation(Planted(Batches), "asyncio", limit=1.0).verdict == FAILED


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_latencies_are_equal_on_a_virtual_clock_or_a_limit_is_named(count):
    assert checks.latency_consistency(load("floor"), "asyncio", count).verdict == PASSED
    report = checks.latency_consistency(Planted(TenAtATime), "asyncio", count)
    assert report.verdict == (PASSED if count == 10 else FAILED)
    assert f"slowest over fastest {count / 10:.3g}," in report.evidence[0]


def test_latencies_of_threads_are_reported_only():
    report = checks.latency_consistency(load("floor"), "threads", 10)
    assert report.verdict == REPORTED and "in real time" in report.evidence[0]


def test_model_calls_too_many_or_too_few_are_faults():
    model = CountingModel(Script(tool_rounds=1))
    replies = [model.script.reply(i) for i in range(3)]
    right = {(i, round): 1 for i in range(3) for round in range(2)}

    def wrong(requests, outcomes, asked):
        model.asked.clear()
        model.asked.update(asked)
        return wrong_runs(model, requests, outcomes)

    assert wrong(range(3), replies, right) == []
    assert wrong([0, 0], replies[:1] * 2, {(0, 0): 2, (0, 1): 2}) == []
    (line,) = wrong(range(3), replies, right | {(1, 0): 2})
    assert line == "request 1: round 0 was asked 2 times, not 1"
    (line,) = wrong(range(3), replies, right | {(2, 1): 0})
    assert line == "request 2: round 1 was asked 0 times, not 1"


def test_an_error_is_traced_through_its_causes():
    model = CountingModel(Script(fail_at=frozenset({(8, 0)})))
    try:
        try:
            model.complete(prompt_of(8))
        except ModelFailure as cause:
            raise RunFailed("it went wrong") from cause
    except RunFailed as error:
        failure = error
    assert wrong_runs(model, [8], [failure], failing={8}) == []
    (line,) = wrong_runs(model, [9], [failure], failing={9})
    assert "request 9: failed with the error of request 8" in line


def test_a_runtime_that_cannot_run_at_all_gets_one_row_an_entry():
    wrong = list(suite(adapters.WrongReply(), BOTH))
    assert [(r.check, r.verdict, r.entry) for r in wrong] == [
        ("one run", FAILED, "threads"),
        ("one run", FAILED, "asyncio"),
    ]
    unable = list(suite(adapters.Unable(), BOTH))
    assert {report.verdict for report in unable} == {NOT_APPLICABLE}


def test_runs_that_fail_at_once_are_failures_whatever_their_error_is():
    for check in (checks.at_once, checks.latency_consistency):
        report = check(Planted(FailsAtOnce), "asyncio", 5)
        assert report.verdict == FAILED and report.failures == 5
        assert "Silent: at once" in report.evidence[0]


def test_greenlang_holds(greenlang_python):
    arguments = [
        "--python",
        str(greenlang_python),
        "--runtime",
        "greenlang",
        "--json",
        "-",
        "--interleavings",
        "10",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "harness", "concurrency", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reports = json.loads(done.stdout)
    threads = {(r["check"], r["at_once"]): r for r in reports if r["entry"] == "threads"}
    for count in (10, 100, 1000):
        for check in ("at once", "mixed inputs", "partial failures"):
            assert threads[check, count]["verdict"] == PASSED
        assert threads["latency consistency", count]["verdict"] == REPORTED
    assert threads["shared agent", 8]["runs"] == 80
    assert threads["shared agent", 8]["verdict"] == PASSED
    assert threads["error isolation", 20]["verdict"] == PASSED
    (asyncio_row,) = (r for r in reports if r["entry"] == "asyncio")
    assert "no asyncio entry point" in asyncio_row["evidence"][0]
