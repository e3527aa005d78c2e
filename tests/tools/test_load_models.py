"""Loads on models that take as long as they take: recorded ones."""

import statistics

import pytest
from load_verb import measured
from load_virtual import opened
from test_load_summary import lived, summarise_load

from harness.tools.load.model import Seen, seen

RECORDED = [0.002, 0.004, 0.006, 0.028]


def test_what_is_added_is_each_latency_less_the_models_part_of_it():
    found = lived(
        opened([0.0, 1.0, 2.0, 3.0], 4.0),
        (0.0, 0.0, 0.5, "ok"),
        (1.0, 1.0, 1.5, "ok"),
        (2.0, 2.0, 2.5, "timeout"),
        (3.0, 3.0, 3.5, "ok"),
    )
    found.model = Seen({0: 0.1, 1: 0.2, 2: 9.0}, calls=3)
    figures = summarise_load(found, 0.0)
    assert figures["model.count"] == figures["added.count"] == 3  # nobody saw the last one
    assert figures["model.mean"] == pytest.approx((0.1 + 0.2 + 0.5) / 3)
    assert figures["added.max"] == pytest.approx(0.4)
    assert figures["latency.count"] == 4


def test_a_server_that_has_gone_is_a_reason_and_no_crash():
    gone = seen("http://127.0.0.1:9/v1", "due_last", 0.0)
    assert not gone.seconds and "ConnectionRefusedError" in gone.failure


def test_a_load_has_recorded_latencies_exactly(load, tmp_path):
    (tmp_path / "calls.csv").write_text("latency\n" + "\n".join(map(str, RECORDED)))
    how = ("--rate", "40", "--duration", "0.6s")
    status, out, _, data = load("--over-http", "--latency-from", "calls.csv", *how)
    figures = measured(status, data)
    assert figures["requests"]["ok"] == figures["model"]["count"] == 24
    assert figures["model"]["mean"] == pytest.approx(statistics.fmean(RECORDED), abs=1e-6)
    assert figures["model"]["max"] == pytest.approx(max(RECORDED), abs=1e-6)
    assert figures["added"]["mean"] + figures["model"]["mean"] == pytest.approx(
        figures["latency"]["mean"]
    )
    assert "\nmodel " in out


def test_recorded_latencies_are_the_model_servers_and_bad_ones_one_line(load, tmp_path):
    (tmp_path / "bad.json").write_text('{"latency": 1}\n{"latency": -1}\n')
    status, _, err, data = load("--latency-from", "bad.json")
    assert (status, data) == (2, None) and "--over-http" in err
    status, _, err, data = load("--over-http", "--latency-from", "bad.json")
    assert (status, data) == (2, None) and "line 2: latency" in err and err.count("\n") == 1
