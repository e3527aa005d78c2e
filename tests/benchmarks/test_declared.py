"""A declaration: what a session measures for it is what it looks up, and how it is read."""

import itertools

import pytest
from asv_runner.benchmarks.mark import SkipNotImplemented

from benchmarks import agents, declared, latency, scaling, workflows
from benchmarks.declared import Tracked, counted, pooled, ratio, session, tracked
from harness.common import asked
from harness.common.stats import FEWEST_PROCESSES
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

    def measure(sampled, exact, serving):
        cells = [(one, False) for file in sampled for one in file]
        cells += [(one, True) for file in exact for one in file]
        asked_for.extend(cells)
        return Measured(
            {one: Outcome(EXACT if once else SAMPLED, processes=2 - once) for one, once in cells}
        )

    monkeypatch.setattr(declared, "measure", measure)
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


def test_peak_memory_can_be_asked_for_alone():
    scaling.AtOnce().peakmem_burst(Measured({}), "floor", "threads", 2)


def test_the_peak_memory_of_an_agent_that_a_release_lacks_is_not_available():
    with pytest.raises(SkipNotImplemented, match="nobody"):
        agents.AtOnce().peakmem_burst(Measured({}), "nobody", 2)


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
def together(monkeypatch, tmp_path):
    """What an asv run measures: the scripts that are served meanwhile, sampled and exact cells."""
    found = []

    def measure(sampled, exact, serving):
        sampled, exact = ([one for file in files for one in file] for files in (sampled, exact))
        found[:] = serving.args, sampled, exact
        return Measured({one: Outcome(processes=1) for one in sampled + exact})

    monkeypatch.setattr(declared, "measure", measure)
    monkeypatch.setenv("HARNESS_SIDECAR", str(tmp_path))
    return found


def test_the_cells_of_all_files_are_measured_together(together):
    measured = session(workflows.Workflow)
    scripts, sampled, exact = together
    assert {one.measure for one in exact} >= {"calls_run", "calls_import", "virtual_at_once"}
    assert {one.measure for one in sampled} >= {"added_latency", "fresh_import", "makespan"}
    assert len(sampled + exact) == len(set(sampled + exact))
    assert [script.tool_rounds for script in scripts[:2]] == [0, 3] and len(scripts) == 4
    assert {one.measure for one in measured.outcomes} == {"makespan", "calls_step", "lines_step"}


def test_only_what_the_run_is_for_is_measured(together):
    asked.begin(["startup.Build.track_calls", "latency.Run.time_run"])
    session(workflows.Workflow)
    scripts, sampled, exact = together
    assert (scripts, sampled, {one.measure for one in exact}) == ((), [], {"calls_build"})
