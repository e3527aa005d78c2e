"""docs/load-testing.md: its commands run, its example works, its figures are those of the data."""

import re
import shlex
import subprocess
import sys

import pytest

from harness.__main__ import main
from studies.pages import DOCS

TEXT = (DOCS / "load-testing.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_work(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    python, dash_m, package, *arguments = shlex.split(command)
    assert (python, dash_m, package) == ("python", "-m", "harness")
    status = main(arguments)
    out = capsys.readouterr().out
    # A busy machine may make a load invalid. Nothing may fail.
    assert status == 0 or "INVALID: " in out or "MISSED" in out
    assert "errors 0 %" in out
    named = [arguments[i + 1] for i, each in enumerate(arguments) if each in FILES]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(named)


FILES = ("--json", "--csv", "--hdr", "--html")


def test_there_is_a_command_for_every_shape_and_for_users():
    shapes = {found for command in COMMANDS for found in re.findall(r"--shape (\S+)", command)}
    assert shapes == {"constant", "ramp-up", "spike", "step", "poisson"}
    assert any("--users" in command for command in COMMANDS)


def test_the_example_in_python_works(tmp_path):
    (tmp_path / "my_agents.py").write_text("async def call(request):\n    pass\n")
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert re.fullmatch(r"(in)?valid [0-9.e-]+\n", done.stdout), done.stderr
