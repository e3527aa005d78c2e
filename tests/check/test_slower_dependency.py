"""A dependency that became slower while the package stayed as it was is found, and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import check_project
import local_index
import pytest
from check_project import Project, times
from places import ROOT

from harness.check import known
from harness.cli.main import main
from harness.history import machine
from harness.instruments.counters import functions

CALLS = "latency.Counted.track_calls"
EXACT = machine.exact()["machine"]
AGENT = """
import plantedparsing
from harness.runtimes.floor import FloorRuntime
from harness.runtimes.floor.agent import FloorAgent
class Parsing(FloorAgent):
    def run(self, prompt):
        return plantedparsing.parse(super().run(prompt))
class Runtime(FloorRuntime):
    def agent(self, model):
        return Parsing(model)
"""
PARSING = """
def part(text, place):
    return text[place]
def parse(text):
    return "".join(part(text, place) for place in range(len(text))) if {} else text
"""
COUNT = """
import json
from harness.session.worker import sweep
job = {"measure": "calls_run", "runtime": "plantedagent:Runtime",
       "args": {"entry": "threads", "tool_rounds": 0}}
print(json.dumps(list(sweep([job], True))[1]))
"""


def counted(folder: Path, parsing: str) -> dict[str, Any]:
    """What a worker says of a run of the same agent on that version of its dependency."""
    for name, version, code, needs in (
        ("plantedagent", "1.0", AGENT, ("plantedparsing",)),
        ("plantedparsing", parsing, PARSING.format(parsing == "2.0"), ()),
    ):
        with zipfile.ZipFile(BytesIO(local_index.wheel(name, version, code, needs))) as wheel:
            wheel.extractall(folder)
    environment = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", COUNT]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    entry: dict[str, Any] = json.loads(done.stdout)
    return entry


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two releases of the agent that are the same, the later one with a later dependency."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "nothing")
    made = check_project.make(tmp_path, 2)
    for number, parsing in enumerate(("1.0", "2.0")):
        entry = counted(tmp_path / parsing, parsing)
        made.measure(number, times({CALLS: entry["figures"]["calls"] / 100}), machine=EXACT)
        stem = made.stem(number, EXACT)
        table = {functions.label("calls_run", "mine", {}): entry["functions"]}
        functions.write(f"{stem}{functions.SUFFIX}", table)
        lines = [f"# plantedagent==1.{number}", "# as of", "# CPython3.11.7"]
        lines += [f"plantedagent==1.{number}", f"plantedparsing=={parsing}"]
        Path(f"{stem}.freeze.txt").write_text("\n".join(lines))
    return made


def test_findings_name_the_dependency_and_its_functions(project, capsys) -> None:
    assert main(["findings", "--json", "-"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["packages"] == ["plantedparsing 1.0 → 2.0"]
    assert found["rows"][0]["label"].startswith(CALLS) and found["rows"][0]["change"] > 1
    assert all("plantedparsing" in each["name"] for each in found["functions"])


def test_check_fails_and_shows_where_the_calls_grew(project, capsys) -> None:
    assert main(["check", "v0.0", "v0.1", "--machine", EXACT]) == 1
    shown = capsys.readouterr().out
    assert "part (plantedparsing.py)" in shown
    assert "changed beside it: plantedparsing 1.0 → 2.0" in shown
