"""Pages that are made of all committed results are what these give."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from places import ROOT

from harness.cli.main import main


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the committed results, and the configurations beside them.

    Not all results: those of this machine may stand beside the committed ones.
    """
    listed = ["git", "ls-files", "-z", "asv.conf.json", "slo.toml", "targets", "results"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_what_is_made_of_results_is_current(committed: Path) -> None:
    for folder in ("docs", "harness/known"):
        (committed / folder).mkdir(parents=True)
    assert main(["pages"]) == 0
    made = {
        path.relative_to(committed): path.read_text()
        for folder in ("docs", "harness")
        for path in (committed / folder).rglob("*.*")
    }
    assert {"docs/findings.md", "harness/known/agno.json"} <= set(map(str, made))
    stale = [str(path) for path, text in made.items() if (ROOT / path).read_text() != text]
    assert not stale, "renew them: make pages"
    kept = {path.name for path in (ROOT / "harness" / "known").glob("*.json")}
    assert kept == {path.name for path in made if path.suffix == ".json"}
