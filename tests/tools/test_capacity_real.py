"""A search over real sockets, on a server whose capacity is known."""

import json

import pytest

from harness.__main__ import main
from studies.load.planted_server import planted


@pytest.mark.slow
def test_the_capacity_of_a_planted_server_is_found(tmp_path, capsys):
    """The machine may be too busy for it: then it says so, and what it does say is right."""
    path = tmp_path / "found.json"
    with planted(slots=4, seconds=0.05) as url:
        slo = ("--slo", "p95=300ms", "--rate", "20", "--json", str(path))
        status = main(["load", "--find-capacity", "--url", url, *slo])
    data = json.loads(path.read_text())
    assert data["seconds"] < 180 and status == int(data["over"] != "found")
    low, high = data["interval"]
    assert low is None or low <= 1.05 * 80
    assert high is None or high >= 0.95 * 80 or status
    if status == 0:
        assert abs(data["capacity"] / 80 - 1) <= 0.05
        assert data["gave_out"]["what"] in ("concurrency", "machine")
    assert "capacity  " in capsys.readouterr().out
