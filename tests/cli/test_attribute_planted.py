"""`attribute` on real environments: a dependency got slower, the package did, and both did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny_project
from local_index import LocalIndex

from harness.cli.main import main

CALLS = "latency.Counted.track_calls"
RUNTIME = "plantedagent:Runtime"
AGENT = """
import plantedparsing, plantedstill
from harness.runtimes.floor import FloorRuntime
from harness.runtimes.floor.agent import FloorAgent
def same(text):
    return text
class Parsing(FloorAgent):
    def run(self, prompt):
        text = super().run(prompt)
        for _ in range({extra}):
            text = same(text)
        return plantedparsing.parse(text)
class Runtime(FloorRuntime):
    name = package = "plantedagent"
    def agent(self, model):
        return Parsing(model)
"""
PARSING = """
def same(text):
    return text
def parse(text):
    for _ in range({extra}):
        text = same(text)
    return text
"""
NEEDS = ("plantedparsing", "plantedstill")
SLOWER = {"1.0": 0, "1.1": 0, "1.2": 30}


@pytest.fixture
def project(local_index: LocalIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """1.1 has other dependencies, one of which makes 60 calls more; 1.2 itself makes 30 more."""
    for month, (version, extra) in enumerate(SLOWER.items(), 2):
        day = f"2025-{2 * month:02}-01T00:00:00Z"
        local_index.add("plantedagent", version, day, AGENT.format(extra=extra), NEEDS)
    for version, day, extra in (("1.0", "2025-01-01", 0), ("2.0", "2025-05-01", 60)):
        local_index.add("plantedparsing", version, f"{day}T00:00:00Z", PARSING.format(extra=extra))
        local_index.add("plantedstill", version, f"{day}T00:00:00Z")
    for name, value in tiny_project.environment(tmp_path, local_index).items():
        if name != "HOME":
            monkeypatch.setenv(name, value)
    config = {
        "version": 1,
        "project": "Planted",
        "repo": "pypi:plantedagent",
        "branches": ["main"],
        "matrix": {"env_nobuild": {"AGENT_RUNTIME": [RUNTIME]}},
        "plugins": [".harness.history.plugin"],
        "results_dir": "results/planted",
    }
    described = {
        "params": [[repr(RUNTIME), "'floor'"]],
        "param_names": ["runtime"],
        "unit": "calls",
        "type": "track",
        "version": "1",
        "grade": "counts",
        "exact": True,
        "measure": "calls_run",
        "figure": "calls",
        "fixed": {"entry": "threads", "tool_rounds": 0},
        "renamed": {},
        "setup_cache_key": "latency:1",
    }
    monkeypatch.chdir(tmp_path)
    Path("asv.conf.json").write_text(json.dumps(config))
    (folder := Path("results/planted")).mkdir(parents=True)
    (folder / "benchmarks.json").write_text(json.dumps({CALLS: described, "version": 2}))
    return tmp_path


@pytest.mark.slow
def test_the_right_side_is_named_each_time(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = "66.7 % of plantedparsing 1.0 → 2.0, 33.3 % the framework's own"
    for old, new, calls, words in (
        ("1.0", "1.1", 60, "100 % of plantedparsing 1.0 → 2.0"),
        ("1.1", "1.2", 30, "100 % the framework's own"),
        ("1.0", "1.2", 90, both),
    ):
        assert main(["attribute", "planted", old, new, "--json", "-", "--keep"]) == 0
        found = json.loads(capsys.readouterr().out)
        (row,) = found["rows"]
        assert row["new"] - row["old"] == calls
        shares = {each["packages"][0]: each["share"] for each in row["by"]}
        if "plantedparsing" in words:
            assert list(shares) == ["plantedparsing 1.0 → 2.0"]
        else:
            assert shares == {} and row["framework"] == 1
    assert main(["attribute", "planted", "1.0", "1.2"]) == 0
    shown = capsys.readouterr()
    assert both in shown.out
    assert "installing" not in shown.err  # it is all in the cache
    assert (
        len(json.loads(Path("results/planted/attributions.json").read_text())["attributions"]) == 3
    )
