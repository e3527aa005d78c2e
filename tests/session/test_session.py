"""Sessions of worker processes: samples, reasons, errors, and identical counts."""

import sys

import pytest
from places import TESTS

from harness.instruments.work import affordable
from harness.session.session import (
    Measured,
    MeasureFailed,
    NotMeasured,
    Outcome,
    cell,
    measure,
)

HERE = str(TESTS)


@pytest.fixture(autouse=True)
def adapters_are_found(monkeypatch):
    """As beside an asv config: workers look in the folder of the configuration."""
    monkeypatch.setenv("ASV_CONF_DIR", HERE)


def test_a_figure_has_one_sample_a_process():
    this = cell("back_to_back", "floor", entry="threads", count=20)
    measured = measure([[this]], count=3)
    assert len(measured.samples(this, "added_p50")) == 3


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
    first, second = measure(exact=[cells]), measure(exact=[cells])
    for this in cells:
        assert first.samples(this, "calls") == second.samples(this, "calls")
        assert len(first.samples(this, "calls")) == 1


def test_what_a_runtime_cannot_do_is_told_with_its_reason_and_its_floor_left_out():
    unable = cell("back_to_back", "adapters:Unable", entry="asyncio", count=5)
    floor = cell("back_to_back", "floor", entry="asyncio", count=5)
    measured = measure([[unable, floor]], count=1)
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
        measure([[this]], count=2).samples(this, "added_p50")


@pytest.mark.parametrize("measure_name", ["makespan", "calls_step"])
def test_a_workflow_that_did_nothing_is_a_failure(measure_name):
    more = {"latency": 0.001} if measure_name == "makespan" else {}
    this = cell(measure_name, "adapters:Denied", entry="threads", shape="chain", **more)
    with pytest.raises(MeasureFailed, match="workflow chain: expected"):
        measure([[this]], count=1).samples(this, "over_critical_path")


def test_some_failing_runs_give_an_error_rate_and_no_latency():
    this = cell("at_once", "adapters:Flaky", entry="threads", count=100, latency=0.0)
    measured = measure([[this]], count=1)
    assert measured.samples(this, "error_rate") == [0.02]
    with pytest.raises(NotMeasured, match=r"runs failed.* in 1 of 1 processes"):
        measured.samples(this, "added_p95")


@pytest.mark.parametrize(("processes", "gave"), [(8, 1), (8, 4), (8, 5), (5, 2), (5, 3), (8, 8)])
def test_the_latency_of_a_few_lucky_processes_is_not_published(processes, gave):
    this = cell("at_once", "floor")
    outcome = Outcome({"error_rate": [0.0] * processes, "added_p95": [0.1] * gave})
    outcome.processes = processes
    measured = Measured({this: outcome})
    assert len(measured.samples(this, "error_rate")) == processes
    if 2 * gave > processes:
        assert len(measured.samples(this, "added_p95")) == gave
    else:
        with pytest.raises(NotMeasured, match=f"in {processes - gave} of {processes} processes"):
            measured.samples(this, "added_p95")
    with pytest.raises(MeasureFailed, match="at_once gives no added_p59"):
        Measured({this: Outcome({"added_p95": [0.1]})}).samples(this, "added_p59")


@pytest.mark.parametrize(
    ("seconds", "count"), [(1e-4, 300), (1 / 300, 300), (0.02, 50), (0.08, 12), (5.0, 10)]
)
def test_a_heavy_framework_makes_fewer_runs_a_process(seconds, count):
    assert affordable(seconds, 300) == pytest.approx(count, abs=1)
    assert affordable(seconds, 5) == 5


def test_a_cell_in_which_the_process_dies_costs_only_itself():
    dies = cell("back_to_back", "adapters:Dies", entry="threads", count=5)
    floor = cell("back_to_back", "floor", entry="threads", count=5)
    other = cell("build", "floor")
    files = [[dies, floor, other]]
    for measured, count in ((measure(files, count=2), 2), (measure(exact=files), 1)):
        with pytest.raises(MeasureFailed, match="status 7"):
            measured.samples(dies, "added_p50")
        assert len(measured.samples(floor, "added_p50")) == count
        assert len(measured.samples(other, "bytes")) == count


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
        monkeypatch.setattr("harness.instruments.steady.cores", lambda cores=cores: cores)
        measured.append(measure(exact=[cells]))
    one, several = ({c: each.outcomes[c].samples for c in cells} for each in measured)
    assert one == several and all(one.values())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker imports")
@pytest.mark.parametrize(("adapter", "loaded"), [("Told", 1), ("Threaded", 1 + 3)])
def test_exact_cells_share_an_import_unless_threads_run(monkeypatch, tmp_path, adapter, loaded):
    monkeypatch.setenv("LOADED", str(tmp_path / "loaded"))
    entries, name = ("threads", "asyncio"), f"adapters:{adapter}"
    run = [cell("calls_run", name, entry=entry, tool_rounds=0) for entry in entries]
    build = [cell("calls_build", name)]
    measured = measure(exact=[run, build])
    assert all(len(measured.samples(this, "calls")) == 1 for this in run + build)
    assert len((tmp_path / "loaded").read_text().splitlines()) == loaded


def test_when_the_time_is_over_nothing_more_is_started():
    this = cell("build", "floor")
    with pytest.raises(MeasureFailed, match="no time was left"):
        measure([[this]], count=2, seconds=0).samples(this, "bytes")


def test_an_import_is_measured_in_a_fresh_interpreter():
    this, counted = cell("fresh_import", "floor"), cell("calls_import", "floor")
    measured = measure([[this]], [[counted]], count=1)
    assert measured.samples(this, "modules")[0] > 10
    assert measured.samples(this, "seconds")[0] > 0
    assert measured.samples(counted, "calls")[0] > 1000
