"""`python -m harness quick`: every headline is measured, and says what of it was injected."""

import json

import pytest
from places import ROOT, TESTS

from harness.check import slo
from harness.cli import quick
from harness.cli.main import main
from harness.cli.quick import Row


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A model of 20 ms, so that nobody waits; adapters of the tests are found."""
    monkeypatch.setattr(quick, "LATENCY", 0.02)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


def measured(tmp_path, *arguments):
    """Exit status, all of the JSON, and its rows by headline and scenario."""
    path = tmp_path / "quick.json"
    status = main(["quick", "--json", str(path), *arguments])
    told = json.loads(path.read_text())
    return status, told, {(row["headline"], row["scenario"]): row for row in told["rows"]}


def test_every_headline_of_the_floor(tmp_path, capsys):
    status, told, rows = measured(tmp_path)
    assert told["injected_seconds"] == 0.02 and told["entry"] == "asyncio"
    assert status == int(any(row["met"] is False for row in rows.values()))
    for count in (10, 50):
        assert rows["p95 latency", f"{count} at once"]["value"] >= 0.02
        assert 0 < rows["throughput", f"{count} at once"]["value"] <= count / 0.02
        assert rows["at once over in a row", f"{count} runs"]["value"] > 0
        assert rows["CPU", f"{count} at once"]["value"] > 0
    assert rows["errors", "both bursts"]["note"] == "0 of 60 runs"
    assert rows["memory", "peak of all above"]["value"] > 2**20
    assert rows["calls", "50 runs, no model latency"]["value"] == 50 * 4  # exact
    (tracing,) = (row for row in rows.values() if row["headline"] == "observability")
    assert tracing["value"] is None and "no tracing of its own" in tracing["note"]
    shown = capsys.readouterr().out.splitlines()
    assert "20 ms injected" in "".join(shown) and max(map(len, shown)) <= 120


def test_the_targets_are_those_of_slo_toml(monkeypatch):
    monkeypatch.setattr(quick.children, "attempt", lambda *_, **__: {"error": "not now"})
    monkeypatch.setattr(quick._Session, "profile", lambda *_: {"error": "not now"})
    rows = quick._rows(quick._Session("floor", ""), "asyncio")
    targets = {row.headline: row.limit for row in rows if row.limit is not None}
    known = {name: each.limit for name, each in slo.settings(ROOT / "asv.conf.json").slo.items()}
    assert targets == {
        "p95 latency": known["p95"],
        "throughput": 1 / known["throughput"],
        "CPU": known["cpu"],
        "errors": known["errors"],
        "at once over in a row": 1 / known["async"],
        "observability": pytest.approx(known["observability"] - 1),
        "memory": known["memory"],
    }


def test_a_framework_without_asyncio_is_measured_in_threads(tmp_path):
    _, told, rows = measured(tmp_path, "--runtime", "adapters:SyncOnly")
    assert told["entry"] == "threads"
    assert rows["throughput", "50 at once"]["value"] > 0


def test_where_every_run_fails_there_is_no_figure_and_the_reason(tmp_path):
    status, _, rows = measured(tmp_path, "--runtime", "adapters:Denied", "--entry", "threads")
    assert status == 3
    assert {row["value"] for row in rows.values()} == {None}
    assert "the framework said no" in rows["p95 latency", "10 at once"]["note"]


@pytest.mark.parametrize(
    ("value", "limit", "least", "met"),
    [
        (0.4, 0.5, False, True),
        (0.5, 0.5, False, False),
        (5.0, 5.0, True, True),
        (4.9, 5.0, True, False),
        (None, 5.0, True, None),
        (4.9, None, True, None),
    ],
)
def test_a_target_is_met_or_missed(value, limit, least, met):
    assert Row("p95", "ten", value, "seconds", "", limit, least).met is met
