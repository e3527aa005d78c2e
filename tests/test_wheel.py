"""What an installed wheel answers anywhere: from the documents that it carries, without asv."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

UPGRADE = ("upgrade", "pydantic-ai-slim", "1.4.0")
LOCK = ("upgrade", "--lock", "uv.lock")
ANSWERS = {
    UPGRADE: "Pydantic AI: you have pydantic-ai-slim 1.4.0",
    LOCK: "1 other is no target",
    ("findings",): "as of 20",
    ("frameworks",): "as of 20",
}
MOST = 8e6
"""Bytes of a wheel."""

PROGRAM = """
import sys
from harness.cli.main import main
status = main(sys.argv[1:])
found = sorted({"asv", "scipy", "numpy"} & sys.modules.keys())
sys.exit(f"imported: {found}" if found else status)
"""


def run(*command: object, folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of somebody who has a lock file, and is no checkout."""
    pins = (("pydantic-ai-slim", "1.4.0"), ("other", "1"))
    lines = (f'[[package]]\nname = "{name}"\nversion = "{version}"\n' for name, version in pins)
    (tmp_path / "uv.lock").write_text("".join(lines))
    return tmp_path


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_what_is_known_is_told_without_asv_and_scipy(folder: Path, words: tuple[str, ...]) -> None:
    assert ANSWERS[words] in run(sys.executable, "-c", PROGRAM, *words, folder=folder)


@pytest.mark.slow
def test_a_wheel_answers_in_an_empty_environment(folder: Path) -> None:
    source, uv = folder / "source", (sys.executable, "-m", "uv")
    tracked = run("git", "ls-files", "-z", "harness", "LICENSE", "README.md", folder=ROOT)
    for name in ("pyproject.toml", *filter(None, tracked.split("\0"))):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    run(*uv, "build", "--quiet", "--wheel", "--out-dir", folder / "dist", source, folder=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    assert wheel.stat().st_size < MOST
    shutil.rmtree(source)
    run(*uv, "venv", "--quiet", "--python", sys.executable, folder / "env", folder=folder)
    python = folder / "env" / "bin" / "python"
    run(*uv, "pip", "install", "--quiet", "--python", python, wheel, folder=folder)
    for words, answer in ANSWERS.items():
        assert answer in run(python, "-c", PROGRAM, *words, folder=folder)
    command = python.with_name("agent-benchmarks")
    (found,) = json.loads(run(command, *UPGRADE, "--json", "-", folder=folder))["upgrades"]
    assert found["rows"][0]["is"] == "worse"
    text = run(command, "--help", folder=folder)
    assert "upgrade" in text
    listed = run(
        python,
        "-c",
        "import importlib.metadata as m; print(*m.metadata('agent-benchmarks'))",
        folder=folder,
    )
    assert {"Classifier", "Description-Content-Type", "License-Expression"} <= set(listed.split())
