"""A declaration: what a session measures for it is what it looks up, and how it is read."""

import contextlib
import itertools

import pytest
from asv_runner.benchmarks.mark import SkipNotImplemented

from benchmarks import agents, declared, latency, workflows
from benchmarks.declared import Tracked, counted, pooled, ratio, session, tracked
from harness.common import asked
from harness.common.stats import FEWEST_PROCESSES
from harness.session import once
from harness.session.session import Measured, Outcome, cell

EXACT = {"calls": [7.0]}
SAMPLED = {
    "added_p50": [0.5, 0.25],
    "added_p95": [0.125],
    "error_rate": [0.0, 0.1],
    "runs": [10.0, 30.0],
    "blocks": [3, 1],
    "ratio": [2, 3],
}


class Example(Tracked):
    axes = {"runtime": ["mine", "floor"], "at_once": [1, 10]}
    renamed = {"at_once": "count"}
    fixed = {"latency": 0.2}
    track_p50 = tracked("at_once.added_p50", "Median.")
    track_p95 = tracked("at_once.added_p95", "Nearly all.")
    track_errors = counted("at_once.error_rate.runs", "Failed.", "of all runs", pooled)
    track_blocks = counted("blocked.blocks", "Blocks.", read=min)
    track_calls = counted("calls.calls", "Calls.", tool_rounds=3)


class Alone(Tracked):
    axes = {"entry": ["threads"]}
    track_ratio = ratio("over_floor.ratio", "Ratio.", "times the floor")


@pytest.fixture
def measured(monkeypatch):
    """What a session asks for, and its results: two processes, one for exact figures."""
    asked_for = []

    def measure(*files, exact=False):
        cells = [one for file in files for one in file]
        asked_for.extend((one, exact) for one in cells)
        values = EXACT if exact else SAMPLED
        return Measured({one: Outcome(samples=values, processes=2 - exact) for one in cells})

    monkeypatch.setattr(declared, "measure", measure)
    monkeypatch.setattr(once, "measure", measure)
    monkeypatch.delenv("HARNESS_SIDECAR", raising=False)
    return session(Example, Alone), asked_for


def test_each_cell_is_measured_once_and_runtimes_side_by_side(measured):
    _, cells = measured
    assert [one for one, exact in cells if not exact] == [
        *(cell("at_once", r, count=n, latency=0.2) for n in (1, 10) for r in ("mine", "floor")),
        *(cell("blocked", r, count=n, latency=0.2) for n in (1, 10) for r in ("mine", "floor")),
        cell("over_floor", declared.RUNTIME, entry="threads"),
    ]
    assert [one for one, exact in cells if exact] == [
        cell("calls", r, count=n, latency=0.2, tool_rounds=3)
        for n in (1, 10)
        for r in ("mine", "floor")
    ]


def test_what_was_measured_is_found_and_read_as_declared(measured):
    results, _ = measured
    for params in itertools.product(*Example.params):
        this = Example()
        assert this.track_p50(results, *params) == {"samples": [0.5, 0.25], "number": 1}
        assert this.track_errors(results, *params) == {"samples": [3 / 40], "number": 40}
        assert this.track_blocks(results, *params) == 1
        assert this.track_calls(results, *params) == 7
        with pytest.raises(SkipNotImplemented, match=r"runs failed.* in 1 of 2 processes"):
            this.track_p95(results, *params)
    assert Alone().track_ratio(results, "threads") == {"samples": [2, 3], "number": 1}


def test_what_cannot_be_measured_is_not_available_with_the_reason():
    none = Measured({Alone.cell(Alone.track_ratio, {"entry": "threads"}): Outcome([], "cannot")})
    with pytest.raises(SkipNotImplemented, match="cannot"):
        Alone().track_ratio(none, "threads")


def test_what_asv_times_has_as_many_processes_as_a_verdict_needs():
    for timed in (agents.Shipped, latency.Run, workflows.Run):
        assert timed.rounds >= FEWEST_PROCESSES and isinstance(timed.repeat, int)


def test_asv_keeps_measure_and_arguments_with_the_benchmark():
    kept = vars(Example.track_calls)
    assert (kept["measure"], kept["figure"], kept["unit"]) == ("calls", "calls", "calls")
    assert kept["fixed"] == {"latency": 0.2, "tool_rounds": 3}
    assert kept["renamed"] == {"at_once": "count"}
    assert (
        'calls(runtime=runtime, count=at_once, latency=0.2, tool_rounds=3)["calls"]'
        in (kept["pretty_source"])
    )


@pytest.fixture
def together(monkeypatch):
    """What is measured of all files, with the scripts that are served meanwhile."""
    found = []
    monkeypatch.setattr(
        declared,
        "measure",
        lambda *files, exact: found.extend(one for file in files for one in file),
    )

    @contextlib.contextmanager
    def shared(*scripts):
        found.append(scripts)
        yield

    monkeypatch.setattr(declared, "shared", shared)
    return found


def test_the_exact_cells_of_all_files_are_measured_together(together):
    declared.everything()
    scripts, *cells = together
    assert {one.measure for one in cells} >= {"calls_run", "calls_import", "virtual_at_once"}
    assert len(cells) == len(set(cells))
    assert not any(one.measure == "added_latency" for one in cells)
    assert [script.tool_rounds for script in scripts] == [0, 3]


def test_only_what_the_run_is_for_is_measured(together, monkeypatch, tmp_path):
    monkeypatch.setenv("HARNESS_SIDECAR", str(tmp_path))
    asked.begin(["resources.Leak.track_bytes_per_run", "latency.Run.time_run"])
    declared.everything()
    assert together[0] == ()
    assert {one.measure for one in together[1:]} == {"leak"}
