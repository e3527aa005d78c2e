"""The accuracy of a model server, seen by a client and by its journal."""

import json

import pytest

from harness.model_server.process import ModelServer
from harness.workload.script import Script
from studies.load import accuracy


def test_both_sides_are_written_and_see_the_configured_latency(tmp_path, capsys):
    file = tmp_path / "figures.json"
    words = ["--latency", "20ms", "--seconds", "0.4", "--at-once", "1", "3", "--json", str(file)]
    assert accuracy.main(words) == 0
    document = json.loads(file.read_text())
    for side in ("client", "server"):
        assert [row["at_once"] for row in document[side]] == [1, 3]
        assert all(row["p99"] >= row["p50"] >= 0.02 for row in document[side])
    for client, server in zip(document["client"], document["server"], strict=True):
        assert client["failed"] == 0 < client["server_cpu_us"]
        assert client["p50"] >= server["p50"] - 0.001
    assert "as the client sees it" in capsys.readouterr().out


def test_failed_requests_are_counted_as_failed():
    with ModelServer(Script(), faults={"server_error": tuple(range(1, 10**4, 2))}) as server:
        row = accuracy.client_row(server, 2, 0.5, 0.01)
    assert row["failed"] > 0 < row["answered"]


@pytest.mark.parametrize("words", ["--seconds 0.01", "--json /nowhere/x.json"])
def test_nonsense_is_refused_in_one_line(words, capsys):
    assert accuracy.main(words.split()) == 2
    assert capsys.readouterr().err.count("\n") == 1
