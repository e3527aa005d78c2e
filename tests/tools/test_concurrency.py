"""Concurrency checks on the floor, on GreenLang, and on agents with planted faults."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import adapters
import pytest
from places import ROOT, TESTS
from test_concurrency_races import BOTH, Planted

from harness.__main__ import main
from harness.runtimes import load
from harness.runtimes.base import RunFailed
from harness.runtimes.floor.agent import FloorAgent, FloorRuntime
from harness.tools.concurrency import checks
from harness.tools.concurrency.check import FAILED, NOT_APPLICABLE, PASSED, REPORTED
from harness.tools.concurrency.script import CountingModel, wrong_runs
from harness.tools.concurrency.worker import suite
from harness.workload.script import ModelFailure, Script, prompt_of


class Silent(RunFailed):
    """An error that is false, as one that is an empty collection would be."""

    def __bool__(self):
        return False


class FailsAtOnce(FloorAgent):
    """Fails before any time has passed."""

    async def arun(self, prompt):
        raise Silent("at once")


class Contagious(FloorAgent):
    """After one failed run every other fails, too."""

    broken = False

    def run(self, prompt):
        if self.broken:
            raise RunFailed("broken since an earlier run")
        try:
            return super().run(prompt)
        except ModelFailure:
            self.broken = True
            raise

    async def arun(self, prompt):
        if self.broken:
            raise RunFailed("broken since an earlier run")
        try:
            return await super().arun(prompt)
        except ModelFailure:
            self.broken = True
            raise


class Swallows(FloorAgent):
    """Hides the failures of its model behind a reply."""

    def run(self, prompt):
        try:
            return super().run(prompt)
        except ModelFailure:
            return "sorry"

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except ModelFailure:
            return "sorry"


class LastError(FloorAgent):
    """Every failed run raises the error of whoever failed first."""

    first = None

    def _raise(self, error):
        self.first = self.first or str(error)
        raise RunFailed(self.first)

    def run(self, prompt):
        try:
            return super().run(prompt)
        except ModelFailure as error:
            text = error
        self._raise(text)

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except ModelFailure as error:
            text = error
        self._raise(text)


class LeaksPermits(FloorAgent):
    """Gives back its place only when the run went well: two failures, and nobody gets in."""

    def __init__(self, model):
        super().__init__(model)
        self.places = asyncio.Semaphore(2)

    async def arun(self, prompt):
        await self.places.acquire()
        reply = await super().arun(prompt)
        self.places.release()
        return reply


class Batches(FloorAgent):
    """Answers all who came together in one task group: one error ends them all."""

    batch = None

    async def arun(self, prompt):
        if self.batch is None:
            self.waiting = []
            self.batch = asyncio.create_task(self._serve())
        self.waiting.append(prompt)
        return (await self.batch)[prompt]

    async def _serve(self):
        await asyncio.sleep(0.01)
        prompts, self.batch = self.waiting, None
        async with asyncio.TaskGroup() as group:
            tasks = {
                prompt: group.create_task(super(Batches, self).arun(prompt)) for prompt in prompts
            }
        return {prompt: task.result() for prompt, task in tasks.items()}


class Stubborn(FloorAgent):
    """Tries again when it is cancelled."""

    async def arun(self, prompt):
        try:
            return await super().arun(prompt)
        except asyncio.CancelledError:
            return f"cancelled {prompt}"


class TenAtATime(FloorAgent):
    """A limit that nobody was told about."""

    def __init__(self, model):
        super().__init__(model)
        self.places = asyncio.Semaphore(10)

    async def arun(self, prompt):
        async with self.places:
            return await super().arun(prompt)


class AsksAgain(FloorAgent):
    """Once a run has failed, every run asks its model once too often."""

    broken = False

    async def arun(self, prompt):
        if self.broken:
            await self.model.acomplete(prompt, 0)
        try:
            return await super().arun(prompt)
        except ModelFailure:
            self.broken = True
            raise


class TwoLocks(FloorRuntime):
    """For the command line: a runtime whose agent fails some runs that should not fail."""

    name = "contagious"

    def agent(self, model):
        return Contagious(model)


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


@pytest.fixture
def own_adapters(monkeypatch):
    """Adapters of the tests are found by the processes that a command starts."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(Path(__file__).parent)]))


def test_the_command_shows_tables_and_json_and_says_by_its_status(capsys, own_adapters):
    command = ["concurrency", "--at-once", "5,20", "--interleavings", "2"]
    assert main([*command, "--runtime", "floor"]) == 0
    table = capsys.readouterr().out
    assert table.count(" passed ") == 8 + 11 and " failed " not in table
    contagious = [*command, "--runtime", "test_concurrency:TwoLocks", "--json", "-"]
    assert main(contagious) == 1
    reports = json.loads(capsys.readouterr().out)
    failed = {report["check"] for report in reports if report["verdict"] == "failed"}
    assert failed == {"partial failures"}
    assert set(reports[0]) == {
        "check", "entry", "at_once", "runs", "failures", "verdict", "evidence",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--runtime", "no-such"], "no runtime 'no-such'"),
        (["--runtime", "agno"], "agno is not installed for "),
        (["--runtime", "adapters:Crashes"], "adapters:Crashes cannot be checked: "),
        (["--runtime", "adapters:Unable"], "nothing could be checked: "),
    ],
)
def test_bad_input_is_one_line(arguments, text, capsys, own_adapters):
    assert main(["concurrency", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"harness: {text}") and error.count("\n") == 1


def test_a_bad_count_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["concurrency", "--runtime", "floor", "--at-once", "10,none"])
    assert stop.value.code == 2 and "a whole number from 1, not 'none'" in capsys.readouterr().err


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


def test_runs_that_fail_at_once_are_failures_whatever_their_error_is():
    for check in (checks.at_once, checks.latency_consistency):
        report = check(Planted(FailsAtOnce), "asyncio", 5)
        assert report.verdict == FAILED and report.failures == 5
        assert "Silent: at once" in report.evidence[0]
