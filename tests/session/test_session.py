"""Sessions of worker processes: samples, reasons, errors, and identical counts."""

import os
import sys

import pytest
from places import TESTS

from harness.session.session import MeasureFailed, NotMeasured, cell, measure

HERE = str(TESTS)


@pytest.fixture(autouse=True)
def adapters_are_found(monkeypatch):
    """As beside an asv config: workers look in the folder of the configuration."""
    monkeypatch.setenv("ASV_CONF_DIR", HERE)


def test_a_figure_has_one_sample_a_process():
    this = cell("back_to_back", "floor", entry="threads", count=20)
    measured = measure([this], count=3)
    assert len(measured.samples(this, "added_p50")) == 3
    assert 0 < measured.busy < measured.wall


def test_counts_measured_twice_are_identical():
    cells = [
        cell(name, "floor", entry=entry, **more)
        for entry in ("threads", "asyncio")
        for name, more in [
            ("calls_run", {"tool_rounds": 0}),
            ("calls_run", {"tool_rounds": 3}),
            ("calls_step", {"shape": "random"}),
        ]
    ]
    first, second = measure(cells, exact=True), measure(cells, exact=True)
    for this in cells:
        assert first.samples(this, "calls") == second.samples(this, "calls")
        assert len(first.samples(this, "calls")) == 1


def test_what_a_runtime_cannot_do_is_told_with_its_reason_and_its_floor_left_out():
    unable = cell("back_to_back", "adapters:Unable", entry="asyncio", count=5)
    floor = cell("back_to_back", "floor", entry="asyncio", count=5)
    measured = measure([unable, floor], count=1)
    with pytest.raises(NotMeasured, match="no asyncio entry point"):
        measured.samples(unable, "added_p50")
    with pytest.raises(NotMeasured, match="no adapters:Unable figure to stand beside"):
        measured.samples(floor, "added_p50")


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [
        ("Denied", "RunFailed: the framework said no"),
        ("WrongReply", "WrongReply: expected .* got 'reply 0 of somebody else'"),
        ("NeverAsks", "model requests"),
        ("Crashes", "SystemExit: 7"),
        ("Dies", "process ended with status 7"),
    ],
)
def test_a_run_that_is_not_right_is_a_failure(adapter, complaint):
    this = cell("back_to_back", f"adapters:{adapter}", entry="threads", count=5)
    with pytest.raises(MeasureFailed, match=complaint):
        measure([this], count=2).samples(this, "added_p50")


@pytest.mark.parametrize("measure_name", ["makespan", "calls_step"])
def test_a_workflow_that_did_nothing_is_a_failure(measure_name):
    more = {"latency": 0.001} if measure_name == "makespan" else {}
    this = cell(measure_name, "adapters:Denied", entry="threads", shape="chain", **more)
    with pytest.raises(MeasureFailed, match="workflow chain: expected"):
        measure([this], count=1).samples(this, "over_critical_path")


def test_some_failing_runs_give_an_error_rate_and_no_latency():
    this = cell("at_once", "adapters:Flaky", entry="threads", count=100, latency=0.0)
    measured = measure([this], count=1)
    assert measured.samples(this, "error_rate") == [0.02]
    with pytest.raises(MeasureFailed, match="some of its runs failed"):
        measured.samples(this, "added_p95")


def test_every_second_process_swaps_who_goes_first(monkeypatch):
    sessions = []

    def sweep(jobs, keep, end, exact):
        sessions.append([job["runtime"] for job in jobs])

    monkeypatch.setattr("harness.session.session.sweep", sweep)
    measure([cell("build", name) for name in ("greenlang", "floor")], count=2)
    assert list(filter(None, sessions)) == [["greenlang", "floor"], ["floor", "greenlang"]]


def test_a_cell_in_which_the_process_dies_costs_only_itself():
    dies = cell("back_to_back", "adapters:Dies", entry="threads", count=5)
    floor = cell("back_to_back", "floor", entry="threads", count=5)
    other = cell("build", "floor")
    for exact in (False, True):
        measured = measure([dies, floor, other], count=2, exact=exact)
        with pytest.raises(MeasureFailed, match="status 7"):
            measured.samples(dies, "added_p50")
        assert len(measured.samples(floor, "added_p50")) == (1 if exact else 2)
        assert len(measured.samples(other, "bytes")) == (1 if exact else 2)


def test_exact_figures_are_the_same_from_one_process_and_from_several(monkeypatch):
    cells = [
        cell(name, "floor", entry=entry, **more)
        for entry in ("threads", "asyncio")
        for name, more in [
            ("calls_run", {"tool_rounds": 0}),
            ("lines_run", {"tool_rounds": 0}),
            ("calls_run", {"tool_rounds": 3}),
            ("calls_step", {"shape": "random"}),
        ]
    ]
    measured = []
    for cores in (1, 5):
        monkeypatch.setattr("harness.session.session._cores", lambda cores=cores: cores)
        measured.append(measure(cells, exact=True))
    one, several = ({c: each.outcomes[c].samples for c in cells} for each in measured)
    assert one == several and all(one.values())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker imports")
@pytest.mark.parametrize(("adapter", "loaded"), [("Told", 1), ("Threaded", 1 + 3)])
def test_exact_cells_share_an_import_unless_threads_run(monkeypatch, tmp_path, adapter, loaded):
    monkeypatch.setenv("LOADED", str(tmp_path / "loaded"))
    entries, name = ("threads", "asyncio"), f"adapters:{adapter}"
    run = [cell("calls_run", name, entry=entry, tool_rounds=0) for entry in entries]
    build = [cell("calls_build", name)]
    measured = measure(run, build, exact=True)
    assert all(len(measured.samples(this, "calls")) == 1 for this in run + build)
    assert len((tmp_path / "loaded").read_text().splitlines()) == loaded


def test_when_the_time_is_over_nothing_more_is_started():
    this = cell("build", "floor")
    with pytest.raises(MeasureFailed, match="no time was left"):
        measure([this], count=2, seconds=0).samples(this, "bytes")


def test_an_import_is_measured_in_a_fresh_interpreter():
    this, counted = cell("fresh_import", "floor"), cell("calls_import", "floor")
    measured = measure([this], count=1).update(measure([counted], exact=True))
    assert measured.samples(this, "modules")[0] > 10
    assert measured.samples(this, "seconds")[0] > 0
    assert measured.samples(counted, "calls")[0] > 1000


def test_the_ledger_keeps_how_the_time_was_spent(tmp_path, monkeypatch):
    ledger = tmp_path / "ledger"
    monkeypatch.setenv("HARNESS_LEDGER", os.fspath(ledger))
    measure([cell("build", "floor")], count=1)
    measure([cell("build", "floor")], count=1)
    assert len(ledger.read_text().splitlines()) == 2
