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
@pytest.mark.parametrize("verb", ["findings", "frameworks"])
def test_a_page_is_current(committed: Path, verb: str) -> None:
    assert main([verb, "--markdown", "page.md"]) == 0
    kept = ROOT / "docs" / f"{verb}.md"
    renew = f"python -m harness {verb} --markdown docs/{verb}.md"
    assert (committed / "page.md").read_text() == kept.read_text(), f"renew it: {renew}"
