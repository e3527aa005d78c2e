"""Results that different code of ours measured: no change of theirs is one of the framework."""

from __future__ import annotations

import json
from pathlib import Path

import check_project
import pytest
from check_project import BENCHMARKS, Project, times

from harness.check import documents, known, sources, stored
from harness.cli.main import main
from harness.history import machine
from harness.results.result import Result

CALLS, P50 = "latency.Counted.track_calls", "latency.Added.track_p50"
EXACT = machine.exact()["machine"]
WHY = "counted by different code of ours"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three commits, each measured by another adapter: a tenth of the calls, then no number."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "nothing")
    made = check_project.make(tmp_path)
    described = json.loads((made.results / "benchmarks.json").read_text())
    described[CALLS]["exact"] = True
    (made.results / "benchmarks.json").write_text(json.dumps(described))
    for name in (EXACT, "lab"):
        made.measure(0, machine=name)
        made.measure(1, times({CALLS: 0.1, P50: 3.0}), machine=name)
        made.measure(2, lambda n, i, usual: None if n == CALLS else usual, machine=name)
    return made


def counted_by(project: Project, *codes: str) -> None:
    for name in (EXACT, "lab"):
        for number, each in enumerate(codes):
            lines = "".join(f"{benchmark}: {each}\n" for benchmark in BENCHMARKS)
            Path(f"{project.stem(number, name)}.code.txt").write_text(lines if each else "")


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    capsys.readouterr()
    status = main(["check", *arguments, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def of(report: dict, benchmark: str) -> tuple[str, str]:
    (row,) = [row for row in report["rows"] if row["benchmark"] == benchmark]
    return row["verdict"], row["reason"]


@pytest.mark.parametrize(("way", "first"), [(1, "v0.0"), (-1, "v0.1")])
def test_a_change_gets_no_verdict_and_what_to_measure_again_is_said(
    project, capsys, monkeypatch, way, first
):
    monkeypatch.setattr(Result, "begun", lambda self, name: way * self.date.timestamp())
    counted_by(project, "1", "2", "2")
    status, report = check(capsys, "v0.1", "v0.0", "--machine", "lab")
    assert status == 0
    assert of(report, CALLS) == of(report, P50) == ("no verdict", WHY)
    assert of(report, "latency.Memory.peakmem_runs")[0] == "same"
    command = f"python -m asv run {first}^! --config asv.conf.json"
    note = f"note: 2 rows changed, but {WHY}; measure {first} again: {command}"
    assert note in report["notes"]
    _, report = check(capsys, "v0.0", "v0.1", "--machine", EXACT)
    assert "survey results --pair results v0.0 v0.1 --recount" in " ".join(report["notes"])


@pytest.mark.parametrize("codes", [("1", "1"), ("", "2"), ("", "")])
def test_what_one_code_counted_or_nobody_knows_which_is_judged(project, capsys, codes):
    counted_by(project, *codes)
    status, report = check(capsys, "v0.1", "v0.0", "--machine", "lab")
    assert status == 1 and of(report, CALLS)[0] == "regression"
    assert not any(WHY in note for note in report["notes"])


def test_what_fails_with_other_code_says_so(project, capsys):
    counted_by(project, "1", "2", "3")
    status, report = check(capsys, "v0.1", "v0.2", "--machine", "lab")
    assert status == 1 and of(report, CALLS)[0] == "failed" and WHY in of(report, CALLS)[1]


def test_there_is_no_finding_of_the_framework(project):
    counted_by(project, "1", "1", "1")
    assert any(each.rows for each in sources.documents(own=True)[0].findings)
    counted_by(project, "1", "2", "3")
    assert not any(each.findings for each in sources.documents(own=True))


def test_neither_is_there_one_of_any_two_releases(project):
    project.measure(2, times({CALLS: 0.5}), machine=EXACT)
    counted_by(project, "1", "1", "2")
    path = project.root / "demo.json"
    path.write_text(stored.text(documents.document(project.config)))
    group = next(each for each in known.read(path).groups if each.machine == EXACT)
    (row,) = [i for i, each in enumerate(group.rows) if each.judged and each.benchmark == CALLS]
    assert group.rows[row].codes == [0, 0, 1]
    assert group.judged(0, 1)[row].verdict == "improvement"
    for head, base in ((2, 0), (2, 1), (0, 2)):
        found = group.judged(base, head)[row]
        assert (found.verdict, found.reason) == ("no verdict", WHY)
