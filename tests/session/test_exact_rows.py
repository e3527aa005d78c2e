"""What is called exact: the same release gives the same numbers, on a busy machine, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from framework_env import PINNED, run
from places import ROOT

RUNTIME = "pydantic_ai"
"""Its tools hop through threads, its runs ask for all tasks, its compiled code makes names."""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    made = PINNED[RUNTIME].install(tmp_path / "env")
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(made)]
    subprocess.run([*uv, "asv_runner==0.3.2"], check=True)
    return made


@pytest.mark.frameworks
@pytest.mark.slow
def test_exact_rows_of_a_release_and_the_floor_repeat_on_a_busy_machine(
    python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_RUNTIME", RUNTIME)
    script = str(ROOT / "tests" / "exact_rows.py")
    quiet = json.loads(run(python, script).stdout)
    with ExitStack() as busy:
        for _ in range(os.cpu_count() or 1):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            busy.callback(burner.wait)
            busy.callback(burner.kill)
        loaded = json.loads(run(python, script).stdout)
    assert {label for label in quiet if quiet[label] != loaded[label]} == set()
    assert sum(isinstance(each, dict) for each in quiet.values()) > 80
