"""Sessions of worker processes: samples, reasons, errors, and identical counts."""

import os

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
        ("WrongReply", "WrongReply: request .* got 'reply 0 of somebody else'"),
        ("NeverAsks", "model requests"),
        ("Crashes", "worker ended with status 7"),
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
    import harness.session.session as session

    orders = []

    def worker(cells, exact):
        orders.append([c.runtime for c in cells])
        return [{"figures": {"x": 1.0}, "seconds": 0.0} for _ in cells]

    monkeypatch.setattr(session, "_worker", worker)
    cells = [cell("build", name) for name in ("greenlang", "floor")]
    session.measure(cells, count=2)
    assert orders == [["greenlang", "floor"], ["floor", "greenlang"]]


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
