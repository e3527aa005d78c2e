"""Frameworks side by side: each figure with its grade and its floor, or why there is none."""

from __future__ import annotations

import json
from pathlib import Path

import check_project
import pytest
from check_project import Project, times

from harness.check import documents, known, stored
from harness.cli.main import main
from harness.history import machine
from harness.results.result import Result
from harness.site.report.columns import SECTIONS, Column

CALLS, P50 = "latency.Counted.track_calls", "latency.Added.track_p50"
EXACT = machine.exact()["machine"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Exact figures of three commits, timed ones of the first two."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Result, "runtime", "mine")
    monkeypatch.setitem(SECTIONS, "Idle", ("Of a run.", (Column("p50", P50),)))
    made = check_project.make(tmp_path)
    path = made.results / "benchmarks.json"
    described = json.loads(path.read_text())
    described[CALLS]["exact"] = True
    path.write_text(json.dumps(described))
    for number in range(3):
        made.measure(number, times({CALLS: number + 1.0, P50: 9.0}), machine=EXACT)
    for number in range(2):
        made.measure(number)
    (tmp_path / "known").mkdir()
    monkeypatch.setattr(known, "FOLDER", tmp_path / "known")
    keep(made)
    return made


def keep(project: Project) -> None:
    """As committed."""
    text = stored.text(documents.document(project.config))
    (known.FOLDER / "results.json").write_text(text)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["frameworks", *arguments]) == 0
    return capsys.readouterr().out


def cell(capsys: pytest.CaptureFixture[str], section: str, column: str) -> dict[str, object]:
    (one,) = json.loads(shown(capsys, "--json", "-"))["frameworks"]
    found: dict[str, object] = one["figures"][section][column]
    return found


def test_an_exact_figure_is_that_of_any_machine_beside_its_floor(project, capsys):
    found = cell(capsys, "One run", "reply: calls")
    assert (found["value"], found["floor"]) == (300.0, 10.0)
    assert (found["grade"], found["release"], found["why"]) == ("exact", "v0.2", None)
    assert "exact: reply: calls, tool round: calls\n" in shown(capsys)


def test_a_timed_figure_is_of_a_real_machine_with_its_interval_and_release(project, capsys):
    found = cell(capsys, "Idle", "p50")
    assert found["value"] == pytest.approx(2e-3, rel=0.05)
    assert (found["grade"], found["release"]) == ("99 % interval", "v0.1")
    assert found["interval"] != [None, None]
    (row,) = [line for line in shown(capsys).splitlines() if "of v0.1" in line]
    assert row.startswith("Demo v0.2 ")


def test_what_has_no_figure_says_why(project, capsys):
    def without(name: str, index: int, usual: float) -> float:
        return float("nan") if name == CALLS and index == 0 else usual

    for number, name in ((2, EXACT), (1, "lab")):
        project.measure(number, without, machine=name)
        notes = f"{CALLS}: n/a: it does not run\n"
        Path(f"{project.stem(number, name)}.notes.txt").write_text(notes)
    keep(project)
    found = cell(capsys, "One run", "reply: calls")
    assert (found["value"], found["why"]) == (None, "it does not run")
    assert cell(capsys, "Tools", "blocked loop")["why"] == "not measured"
    assert "n/a: Demo (reply: calls, tool round: calls): it does not run\n" in shown(capsys)


def test_the_page_has_every_section_and_what_the_adapter_says(project, capsys, monkeypatch):
    monkeypatch.setattr("harness.check.adapters.says", lambda runtime: f"Used as {runtime}.")
    assert main(["frameworks", "--markdown", "page.md"]) == 0
    page = Path("page.md").read_text()
    assert all(f"\n## {section}\n" in page for section in SECTIONS)
    assert "\n**Demo v0.2**, 2025-03-03. Used as mine.\n" in page


def test_without_results_there_is_one_line(project, capsys):
    (known.FOLDER / "results.json").unlink()
    for path in project.results.glob("*/*-*.json"):
        path.unlink()
    assert main(["frameworks"]) == 2
    line = "harness: no results of any target: begin with make survey\n"
    assert capsys.readouterr().err == line
