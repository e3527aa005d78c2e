"""Findings: what changed over the histories, and that only what is sure is told."""

from __future__ import annotations

import json
from pathlib import Path

import check_project
import pytest
from check_project import Project, times

from harness.check import known, sources
from harness.check.findings import newest, page
from harness.cli.main import main
from harness.history import machine
from harness.instruments.counters import functions

CALLS = "latency.Counted.track_calls"
EXACT = machine.exact()["machine"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Four commits, of which the third has half as many calls again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "nothing")
    made = check_project.make(tmp_path, 4)
    described = json.loads((made.results / "benchmarks.json").read_text())
    described[CALLS]["exact"] = True
    (made.results / "benchmarks.json").write_text(json.dumps(described))
    for number in range(4):
        made.measure(number, times({CALLS: 1.5 if number >= 2 else 1.0}), machine=EXACT)
    return made


def freeze(project: Project, python: str = "CPython3.11.7", **packages: str) -> None:
    """Say what was installed for the second commit and the third."""
    for number in (1, 2):
        stem = project.stem(number, EXACT)
        lines = [
            f"# demo==0.{number}",
            "# as of",
            f"# {python if number == 1 else 'CPython3.11.7'}",
        ]
        lines += [f"{name}=={version.split()[number - 1]}" for name, version in packages.items()]
        Path(f"{stem}.freeze.txt").write_text("\n".join(lines))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["findings", *arguments]) == 0
    return capsys.readouterr().out


def test_a_step_is_one_sentence_with_its_size_grade_and_releases(project, capsys):
    first, second, _, as_of = printed(capsys).splitlines()
    assert first == "2025-03-03  Demo v0.1 → v0.2"
    assert second == f"  {CALLS} rose by 50 %, from 100 to 150 (exact)."
    assert as_of == "as of 2025-03-04, when the newest release measured was uploaded"
    assert printed(capsys, "--since", "2025-03-04") == f"no finding\n\n{as_of}\n"


def test_its_functions_and_the_packages_beside_it_are_told(project, capsys):
    label = functions.label("calls_run", "mine", {})
    for number, calls in ((1, 2), (2, 52)):
        table = {label: {"run (agent.py)": calls, "loads (json/decoder.py)": calls}}
        functions.write(f"{project.stem(number, EXACT)}{functions.SUFFIX}", table)
    for number in (0, 3):
        Path(f"{project.stem(number, EXACT)}.json").unlink()
    freeze(project, demo="0.1 0.2", other="1.0 2.0")
    shown = printed(capsys).splitlines()
    assert shown[2:4] == [
        "  Calls: run (agent.py) 2 → 52",
        "  Changed beside it: other 1.0 → 2.0",
    ]


def test_what_has_noise_is_told_where_check_is_sure(project, capsys):
    slower = {"speedup.Overlap.track_fraction": 1.3, "latency.Added.track_p50": 1.02}
    for number in range(4):
        project.measure(number, times(slower if number == 3 else {}))
    first, second, *_ = printed(capsys).splitlines()
    assert first == "2025-03-04  Demo v0.2 → v0.3"
    assert second.startswith("  speedup.Overlap.track_fraction rose by ")
    assert "(99 % interval +" in second


@pytest.mark.parametrize("spoil", ["platform", "floor"])
def test_what_the_harness_or_python_did_is_no_finding(project, capsys, spoil):
    if spoil == "floor":
        for number in (2, 3):
            project.measure(number, times({CALLS: 1.5}, floor=True), machine=EXACT)
    else:
        for number in (0, 3):
            Path(f"{project.stem(number, EXACT)}.json").unlink()
        freeze(project, "CPython3.11.8")
    assert printed(capsys).startswith("no finding\n")


@pytest.mark.parametrize("moved", [False, True])
def test_what_gave_a_number_before_and_fails_is_told(project, capsys, moved):
    values = times({CALLS: 1.5 if moved else 1.0})
    fails = "latency.Memory.peakmem_runs"
    for number in range(4):
        change = values if number >= 2 else times({})
        if number == 3:
            project.measure(number, lambda n, i, usual: None if n == fails else values(n, i, usual))
        else:
            project.measure(number, change)
    notes = f"{fails}: RunFailed: no reply (For parameters: 'mine')\n"
    Path(f"{project.stem(3)}.notes.txt").write_text(notes)
    for number in range(4):
        Path(f"{project.stem(number, EXACT)}.json").unlink()
    (found, *_) = json.loads(printed(capsys, "--json", "-"))["findings"]
    assert (found["base"], found["head"], found["rows"]) == ("v0.2", "v0.3", [])
    said = f"1 figure fails that gave a number before: {fails}('mine') (RunFailed: no reply)."
    assert found["sentence"] == said
    assert found["failed"] == [{"label": f"{fails}('mine')", "reason": "RunFailed: no reply"}]
    assert said in printed(capsys)


def test_releases_that_were_not_measured_are_counted(project):
    Path(f"{project.stem(1, EXACT)}.json").unlink()
    (found,) = newest(sources.documents())
    assert (found.base, found.head, found.between) == ("v0.0", "v0.2", 1)
    assert "Not measured between the two: 1" in page([found])


def test_another_python_is_told_only_where_it_shows_more(project):
    for number in range(4):
        change = times({CALLS: 1.5 if number >= 2 else 1.0})
        project.measure(number, change, machine=EXACT, environment="virtualenv-py3.13")
    assert len(newest(sources.documents())) == 1


def test_machines_get_every_row(project, capsys):
    (found,) = json.loads(printed(capsys, "--json", "-"))["findings"]
    (row,) = found["rows"]
    assert (row["old"], row["new"], row["change"]) == (100.0, 150.0, 0.5)
    assert found["commits"] == project.commits[1:3]
    assert (found["failed"], found["attribution"]) == ([], "")  # as in results.json


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--since", "March"], "a day is written 2026-04-01, not 'March'"),
        (["--target", "nobody"], "no target nobody; there are: results"),
    ],
)
def test_bad_input_is_one_line(project, capsys, arguments, line):
    try:
        status: object = main(["findings", *arguments])
    except SystemExit as end:
        status = end.code
    shown = capsys.readouterr().err
    assert status == 2 and line in shown and shown.count("\n") == 1
