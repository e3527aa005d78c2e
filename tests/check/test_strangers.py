"""Results of commits that are in no history (a force push, a deleted release, a merged folder)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from check_project import Project, make, times

from harness.__main__ import main
from harness.history.repository import git
from harness.results.series import read

CALLS = "latency.Counted.track_calls"
STRANGER = "deadbeef" * 5


@pytest.fixture
def project(tmp_path) -> Project:
    made = make(tmp_path)
    made.measure(0)
    made.measure(1, times({CALLS: 1.2}))
    return made


def disown(project: Project, number: int, day: int | None = None) -> str:
    """A result as of a commit that is nowhere, beside that of `number`, or a day later."""
    source = Path(f"{project.stem(number)}.json")
    data = json.loads(source.read_text()) | {"commit_hash": STRANGER}
    data["date"] += 86_400_000 * (day or 0)
    path = source.with_name(source.name.replace(project.commits[number][:8], STRANGER[:8]))
    path.write_text(json.dumps(data))
    return STRANGER[:8]


def check(project: Project, capsys, *arguments: str) -> tuple[int, dict]:
    status = main(["check", *arguments, "--config", str(project.config), "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("day", [0, -1, 1])
def test_a_stranger_is_neither_the_base_nor_the_newest(project, capsys, day):
    """With the figures of the newest it would hide the regression as the result before."""
    name = disown(project, 1, day)
    status, report = check(project, capsys)
    assert status == 1 and [each["benchmark"] for each in report["findings"]] == [CALLS]
    assert (report["base"]["title"], report["head"]["title"]) == ("v0.0", "v0.1")
    assert report["notes"] == [f"left out 1 of 3 results, in no history: {name}"]


def test_a_stranger_enters_no_history(tmp_path, capsys):
    project = make(tmp_path, commits=10)
    for number in range(10):
        project.measure(number)
    disown(project, 9)
    _, report = check(project, capsys)
    assert report["notes"][1:] == ["judged against a history of 9 results"]


def test_a_commit_of_another_branch_is_no_stranger(project, capsys):
    code = project.root / "code"
    git(["update-ref", "refs/heads/side", project.commits[2]], code)
    git(["update-ref", "-d", "refs/tags/v0.2"], code)
    git(["update-ref", "refs/heads/main", project.commits[1]], code)
    project.measure(2, times({CALLS: 1.2}))
    status, report = check(project, capsys)
    assert (status, report["notes"]) == (0, [])
    git(["update-ref", "-d", "refs/heads/side"], code)  # a force push: it is there, but nowhere
    status, report = check(project, capsys)
    assert status == 1 and len(report["notes"]) == 1


def test_nothing_but_strangers_is_bad_input(project, capsys):
    disown(project, 1)
    for number in range(2):
        Path(f"{project.stem(number)}.json").unlink()
    assert main(["check", "--config", str(project.config)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no results of machine lab" in line and "left out 1 of 1 results" in line


def test_a_baseline_is_no_stranger(project, capsys):
    name = disown(project, 1)
    assert main(["baseline", "set", "--config", str(project.config)]) == 0
    printed = capsys.readouterr()
    assert "v0.1" in printed.out and name in printed.err
    assert main(["baseline", "set", "x", STRANGER, "--config", str(project.config)]) == 2


def test_without_the_repository_all_results_are_taken(project, capsys):
    shutil.rmtree(project.root / "code")
    status, report = check(project, capsys)
    assert (status, report["notes"]) == (1, [])


def test_a_stranger_is_on_no_page_either(project, capsys):
    name = disown(project, 1)
    _, (series,) = read(project.config)
    assert name not in [each.commit[:8] for each in series.releases]
    assert len(series.releases) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("left out 1 of 3 results, in no history") and line.endswith(name)
