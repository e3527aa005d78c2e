"""Our own commands: `python -m harness machine` and `dashboard`."""

import contextlib
import json
import os
import platform
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import dashboard
from harness.cli.main import main


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


def board(project):
    """A project with one benchmark that fails and one that does not, and its dashboard's verb."""
    (project.root / "few").mkdir()
    (project.root / "few" / "__init__.py").touch()
    (project.root / "few" / "one.py").write_text(
        "def track_one():\n    return 1\n\n\ndef track_two():\n    raise ValueError\n"
    )
    plugins = [".harness.history.plugin", ".harness.site.plugin"]
    folders = {"benchmark_dir": "few", "results_dir": "board", "html_dir": "board-html"}
    project.configure("board.json", plugins=plugins, **folders)
    return ["dashboard", "--config", "board.json"]


def test_the_dashboard_measures_publishes_and_continues(project):
    command = board(project)
    first = harness([*command, "v0.3.0^!"], project.root, project.env)
    assert "board-html" in first and (project.root / "board-html" / "index.html").exists()
    assert "1 of 1 releases, 2 of 2 benchmarks" in first and "\r" not in first
    (path,) = project.results("board").values()
    measured = json.loads(path.read_text())["results"]["one.track_one"]
    harness([*command, "v0.2.0..v0.3.0"], project.root, project.env)
    assert json.loads(path.read_text())["results"]["one.track_one"] == measured


def test_on_a_terminal_one_line_says_how_far_the_dashboard_is(project):
    command = [sys.executable, "-m", "harness", *board(project), "v0.2.0..v0.4.0"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=project.root, env=project.env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while more := os.read(ours, 10_000):
            output += more
    os.close(ours)
    assert process.wait() == 0
    _, *lines = output.decode().partition("Loading machine info")[0].split("\r\x1b[K")
    assert lines[0] == "0 of 2 releases, 0 of 4 benchmarks"
    assert lines[2].startswith("1 of 2 releases, 2 of 4 benchmarks, 1 failed, 1 min left")
    assert "one.track_one" not in output.decode()


@pytest.mark.parametrize(("pages", "over"), [("html", []), ("html/mine", [Path("html")])])
def test_the_front_page_is_over_sites_and_never_in_somebodys_project(
    tmp_path, monkeypatch, pages, over
):
    config = {"version": 1, "project": "mine", "repo": ".", "html_dir": pages}
    (tmp_path / "asv.conf.json").write_text(json.dumps(config))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(dashboard, "run_asv", lambda *arguments, **options: None)
    published = []
    monkeypatch.setattr(dashboard.front, "publish", published.append)
    assert main(["dashboard"]) == 0
    assert published == over


def test_another_file_as_configuration_is_one_line(tmp_path, home):
    (tmp_path / "other.toml").write_text("[project]\n")
    output = harness(["dashboard", "--config", "other.toml"], tmp_path, home, expect=2)
    assert output.startswith("harness: other.toml is no asv configuration: ")
    assert output.count("\n") == 1


def test_a_missing_configuration_is_one_line(tmp_path, home):
    output = harness(["dashboard", "--config", "no.json"], tmp_path, home, expect=2)
    assert output == "harness: no asv configuration no.json\n"
