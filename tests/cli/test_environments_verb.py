"""The verb `environments`: a list, and what is taken out of it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.history import cached


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder, with an old environment, a new one, and a half one."""
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path))
    root = tmp_path / "environments"
    for name, days in (("pack-1.0-aa", 40), ("pack-2.0-bb", 3), ("pack-3.0-cc", 0)):
        (root / name / "bin").mkdir(parents=True)
        (root / name / "bin" / "python").write_text("x" * 100)
        about = {"package": "pack", "version": name[5:8], "as_of": "2025-01-01T00:00:00+00:00"}
        if days:
            path = root / name / cached.ABOUT
            path.write_text(json.dumps(about | {"installed": []}))
            moment = datetime.now(UTC).timestamp() - days * 86400
            os.utime(path, (moment, moment))
    return root


def test_the_list_has_what_is_whole(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["environments"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["pack-2.0-bb", "pack-1.0-aa"]
    assert lines[4].startswith("2 environments, ")
    assert main(["environments", "--json", "-"]) == 0
    rows = json.loads(capsys.readouterr().out)["environments"]
    assert rows[0]["version"] == "2.0" and rows[0]["python"] == f"{kept}/pack-2.0-bb/bin/python"


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--prune"], ["pack-2.0-bb"]),
        (["--prune", "--older", "2d"], []),
        (["--remove", "pack-2.0-bb"], ["pack-1.0-aa"]),
    ],
)
def test_what_is_removed_is_gone_and_what_was_half_made(
    words: list[str], left: list[str], kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["environments", *words]) == 0
    assert "removed, " in capsys.readouterr().err
    assert sorted(path.name for path in kept.iterdir() if path.is_dir()) == left


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--remove", "../x"], "no environment ../x: give a key of `environments`"),
        (["--older", "3d"], "--older goes with --prune"),
    ],
)
def test_what_is_not_understood_changes_nothing(
    words: list[str], line: str, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["environments", *words]) == 2
    assert capsys.readouterr().err == f"harness: {line}\n"
    assert len(cached.every()) == 2


def test_an_empty_cache_says_what_fills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AGENT_BENCHMARKS_CACHE", str(tmp_path / "none"))
    assert main(["environments", "--prune"]) == 0
    assert "no environments: `--release` and `--commit`" in capsys.readouterr().out
