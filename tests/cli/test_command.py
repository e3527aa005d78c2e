"""Our own commands: `python -m harness machine` and `dashboard`."""

import json
import os
import platform
import subprocess
import sys

import pytest


def harness(arguments, cwd, env, expect=0):
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def home(tmp_path):
    return dict(os.environ, HOME=str(tmp_path))


def test_a_machine_is_described_once_in_fields_that_no_update_changes(tmp_path, home):
    assert "now known" in harness(["machine"], tmp_path, home)
    assert "already known" in harness(["machine"], tmp_path, home)
    known = json.loads((tmp_path / ".asv-machine.json").read_text())
    fields = known[platform.node()]
    assert set(fields) == {"machine", "os", "arch", "cpu", "num_cpu", "ram"}
    assert platform.release() not in json.dumps(fields)


def test_a_machine_can_be_named(tmp_path, home):
    assert "machine mine" in harness(["machine", "--name", "mine"], tmp_path, home)


def test_an_unreadable_machine_file_is_one_line_and_kept(tmp_path, home):
    file = tmp_path / ".asv-machine.json"
    file.write_text("{broken")
    output = harness(["machine"], tmp_path, home, expect=2)
    assert output.startswith("harness: ") and output.count("\n") == 1
    assert file.read_text() == "{broken"


def test_the_dashboard_measures_publishes_and_continues(project):
    plugins = [".harness.history.plugin", ".harness.site.plugin"]
    (project.root / "few").mkdir()
    (project.root / "few" / "__init__.py").touch()
    (project.root / "few" / "one.py").write_text("def track_one():\n    return 1\n")
    folders = {"benchmark_dir": "few", "results_dir": "board", "html_dir": "board-html"}
    project.configure("board.json", plugins=plugins, **folders)
    command = ["dashboard", "--config", "board.json"]
    first = harness([*command, "v0.3.0^!"], project.root, project.env)
    assert "board-html" in first and (project.root / "board-html" / "index.html").exists()
    measured = {path: path.stat().st_mtime_ns for path in project.results("board").values()}
    assert len(measured) == 1
    harness([*command, "v0.2.0..v0.3.0"], project.root, project.env)
    assert {path: path.stat().st_mtime_ns for path in project.results("board").values()} == measured


def test_another_file_as_configuration_is_one_line(tmp_path, home):
    (tmp_path / "other.toml").write_text("[project]\n")
    output = harness(["dashboard", "--config", "other.toml"], tmp_path, home, expect=2)
    assert output.startswith("harness: other.toml is not a usable asv configuration: ")
    assert output.count("\n") == 1


def test_a_missing_configuration_is_one_line(tmp_path, home):
    output = harness(["dashboard", "--config", "no.json"], tmp_path, home, expect=2)
    assert output == "harness: no asv configuration no.json\n"
