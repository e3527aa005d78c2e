"""A disk that is full: one line, exit status 2, and what was there is as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import small_disk
from faults import Faults
from tiny_project import Project

PLUGINS = [".harness.history.plugin", ".harness.site.plugin"]
DISK = ["--config", "disk.json"]
RUN = ["asv", "run", "v0.4.0^!", "--quick", "--bench", "track_cost", *DISK]
SURVEY = ["harness", "survey", "--months", "1", "--newest", "1"]


def one_line(said: str) -> str:
    lines = [line for line in said.splitlines() if "cannot be written" in line or "space" in line]
    assert len(lines) == 1 and "Traceback" not in said, said
    return lines[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "spare", "command"),
    [
        ("results", 0, RUN),
        ("results/box", 0, RUN),
        ("cache", 0, [*RUN, "--show-stderr"]),
        ("temporary", 0, RUN),
        ("sites", 200_000, ["asv", "publish", *DISK]),
        ("results", 0, SURVEY),
        ("temporary", 0, SURVEY),
    ],
)
def test_a_run_ends_in_one_line_and_what_was_there_stays(
    project: Project, folder: str, spare: int, command: list[str], fault: Faults
) -> None:
    project.configure("disk.json", html_dir="sites/tiny", plugins=PLUGINS)
    if folder == "sites":
        project.asv("publish", *DISK)
    (project.root / "temporary").mkdir()
    env = project.env | {"TMPDIR": str(project.root / "temporary")}
    before, results = (small_disk.content(project.root / each) for each in (folder, "results"))
    disk = project.root / folder
    done = small_disk.run(disk, spare, [sys.executable, "-m", *command], project.root, env)
    assert done.returncode == 2, done.stdout
    assert "no space" in one_line(done.stdout).lower()
    assert small_disk.content(disk) == before
    kept = small_disk.content(project.root / "results")
    name = command[1] + ", of temporary files" * (folder == "temporary")
    then = "one line, exit status 2, and every file is as it was"
    same = {each for each, text in kept.items() if results.get(each) == text}
    fault(f"a full disk: {name}", results, same, then)
    assert kept == results


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["monitor", "load"])
def test_what_a_verb_was_asked_to_write_stays_as_it_was(
    tmp_path: Path, verb: str, fault: Faults
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "document.json").write_text("before")
    how = {
        "monitor": ["--json", "disk/document.json", "--", "true"],
        "load": ["--requests", "200", "--rate", "500", "--json", "disk/document.json"],
    }
    command = [sys.executable, "-m", "harness", verb, *how[verb]]
    done = small_disk.run(disk, 0, command, tmp_path)
    assert done.returncode == 2, done.stdout
    assert "No space left on device" in one_line(done.stdout)
    kept = {name for name, text in small_disk.content(disk).items() if text == b"before"}
    assert len(done.stdout.splitlines()) > 1  # what was found is shown all the same
    fault(f"a full disk: {verb}", ["document.json"], kept, "one line; the result is still shown")
    assert list(small_disk.content(disk)) == ["document.json"]
