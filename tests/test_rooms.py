"""The rooms of the harness: what may import what is kept, and a forbidden arrow is seen."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from places import ROOT

PLANTED = (
    ("harness.workload.script", "harness.instruments.work"),  # upward
    ("harness.tools.leaks.worker", "harness.measures.leftovers"),  # sideways
    ("harness.measures.timings", "asv"),  # a third party in a worker
    ("harness.common.stats", "harness.rendering.tables"),
)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import linter says of the tree in `folder`."""
    program = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", f"{program}; lint_imports_command()", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package and of its contracts."""
    ignore = shutil.ignore_patterns("__pycache__", "vendor")
    shutil.copytree(ROOT / "harness", tmp_path / "harness", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(tree):
    done = lint(tree)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_planted_arrows_are_seen(tree):
    for module, imported in PLANTED:
        with open(tree / f"{module.replace('.', '/')}.py", "a") as file:
            file.write(f"import {imported}\n")
    done = lint(tree)
    assert done.returncode == 1 and "BROKEN" in done.stdout
    for module, imported in PLANTED:
        assert f"{module} -> {imported} " in done.stdout


def test_a_worker_is_kept_from_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [
        line.split(";")[0].split(">")[0].split("=")[0].strip().replace("-", "_")
        for line in project["project"]["dependencies"]
    ]
    worker = project["tool"]["importlinter"]["contracts"][-1]
    allowed = {"psutil", "memory_profiler", "pyinstrument"}
    imported_as = {"hdrhistogram": "hdrh", "markdown_it_py": "markdown_it"}
    for name in set(declared) - allowed:
        assert imported_as.get(name, name) in worker["forbidden_modules"]
