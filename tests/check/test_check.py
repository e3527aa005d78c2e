"""`harness check` finds what was planted, and is quiet about what was not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_project import CONTROL, Project, make, times

from harness.__main__ import main
from harness.history.repository import git

CALLS, P50 = "latency.Counted.track_calls", "latency.Added.track_p50"
FRACTION, MEMORY = "speedup.Overlap.track_fraction", "latency.Memory.peakmem_runs"


def check(
    project: Project, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict]:
    capsys.readouterr()
    status = main(["check", *arguments, "--config", str(project.config), "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def verdicts(report: dict) -> dict[str, str]:
    return {row["benchmark"]: row["verdict"] for row in report["rows"]}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make(tmp_path)
    made.measure(0)
    return made


def test_the_same_code_gives_no_finding(project, capsys):
    project.measure(1)
    status, report = check(project, capsys)
    assert status == 0 and report["findings"] == []
    assert set(verdicts(report).values()) == {"same"}
    assert (report["base"]["title"], report["head"]["title"]) == ("v0.0", "v0.1")


def test_an_annotated_tag_is_the_title_of_its_commit(project, capsys):
    who = {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a"}
    git(["tag", "-a", "-m", "x", "best", "v0.1"], project.root / "code", **who)
    git(["tag", "-d", "v0.1"], project.root / "code")
    project.measure(1)
    assert check(project, capsys)[1]["head"]["title"] == "best"


@pytest.mark.parametrize(
    ("name", "factor"), [(CALLS, 1.02), (P50, 1.3), (FRACTION, 1.1), (MEMORY, 1.2)]
)
def test_a_planted_change_is_found_alone_and_its_undoing_is_an_improvement(
    project, capsys, name, factor
):
    project.measure(1, times({name: factor}))
    project.measure(2)
    status, report = check(project, capsys, "v0.0", "v0.1")
    assert status == 1
    assert [finding["benchmark"] for finding in report["findings"]] == [name]
    (found,) = report["findings"]
    assert found["change"] == pytest.approx(factor - 1, abs=0.01)
    status, report = check(project, capsys, "v0.1", "v0.2")
    assert status == 0 and verdicts(report)[name] == "improvement"


def test_a_count_within_its_threshold_is_told_as_changed(project, capsys):
    project.measure(1, times({CALLS: 1.005}))
    status, report = check(project, capsys)
    assert status == 0 and verdicts(report)[CALLS] == "changed"


def test_a_slower_machine_is_no_regression(project, capsys):
    project.measure(1, times({P50: 1.06, CONTROL: 1.06}, floor=True))
    status, report = check(project, capsys)
    assert status == 0 and verdicts(report)[P50] == "same"


def test_where_the_machine_moved_only_an_effect_beyond_it_counts(project, capsys):
    slow = times({P50: 1.3, CONTROL: 1.3}, floor=True)
    project.measure(1, slow)
    project.measure(2, lambda n, i, usual: slow(n, i, usual) * (4 if n == P50 and not i else 1))
    status, report = check(project, capsys, "v0.0", "v0.1")
    assert status == 0 and verdicts(report)[P50] == "no verdict"
    status, report = check(project, capsys, "v0.0", "v0.2")
    assert status == 1 and verdicts(report)[P50] == "regression"


def test_a_benchmark_that_fails_now_is_a_finding_and_one_that_is_skipped_is_not(project, capsys):
    project.measure(1, lambda n, i, usual: None if n == CALLS else usual)
    project.measure(2, lambda n, i, usual: float("nan") if n == CALLS else usual)
    project.stem(2).with_name(project.stem(2).name + ".notes.txt").write_text(
        f"{CALLS}: n/a: no entry (For parameters: 'mine'; 'floor')\n"
    )
    status, report = check(project, capsys, "v0.0", "v0.1")
    assert status == 1 and verdicts(report)[CALLS] == "failed"
    status, report = check(project, capsys, "v0.0", "v0.2")
    assert status == 0 and verdicts(report)[CALLS] == "n/a"
    (reason,) = [row["reason"] for row in report["rows"] if row["benchmark"] == CALLS]
    assert reason == "n/a in the new: no entry"


@pytest.mark.parametrize(("python", "notes"), [("3.11.7", 0), ("3.11.9", 1)])
def test_another_patch_version_of_python_is_said(project, capsys, python, notes):
    project.measure(1)
    for number, version in enumerate(("3.11.7", python)):
        stem = project.stem(number)
        lines = [f"# demo==0.{number}", "# as of", f"# CPython{version}-linux-x86_64", ""]
        stem.with_name(f"{stem.name}.freeze.txt").write_text("\n".join(lines))
    status, report = check(project, capsys, "v0.0", "v0.1")
    said = [note for note in report["notes"] if "measured with CPython3.11.7-linux-x86_64" in note]
    assert status == 0 and len(said) == notes


def test_results_without_samples_are_judged_by_their_intervals(tmp_path, capsys):
    project = make(tmp_path)
    project.measure(0, keep_samples=False)
    project.measure(1, times({P50: 1.3}), keep_samples=False)
    status, report = check(project, capsys)
    assert status == 1
    (found,) = report["findings"]
    assert found["benchmark"] == P50 and "no samples were kept" in found["reason"]


def test_another_version_of_a_benchmark_is_not_compared(project, capsys):
    project.measure(1, times({CALLS: 2}), version="2")
    (line,) = [line for line in _error(project, capsys) if line]
    assert "v0.0 has no number of the framework: its benchmarks were of another version" in line


def _error(project, capsys):
    assert main(["check", "--config", str(project.config)]) == 2
    return capsys.readouterr().err.splitlines()


WIDE = "[thresholds]\ncounts = 0.5\nabsolutes = 1"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (f'[thresholds]\ncounts = 0.5\n[thresholds.benchmarks]\n"{P50}" = 0.6', []),
        (f'[slo.x]\nbenchmark = "{MEMORY}"\nlimit = 1e6\n{WIDE}', ["slo"]),
        (f'[slo.x]\nbenchmark = "{P50}"\nadd = 0.2\nlimit = 0.5\n', ["regression", "regression"]),
    ],
)  # fmt: skip
def test_limits_come_from_slo_toml(project, capsys, text, findings):
    project.measure(1, times({CALLS: 1.2, P50: 1.4}))
    (project.root / "slo.toml").write_text(text)
    status, report = check(project, capsys)
    assert [each["kind"] for each in report["findings"]] == findings
    assert status == bool(findings)


def test_a_level_that_is_not_measured_is_not_met(project, capsys):
    project.measure(1)
    (project.root / "slo.toml").write_text('[slo.x]\nbenchmark = "none.such"\nlimit = 1\n')
    _, report = check(project, capsys)
    (level,) = report["slos"]
    assert level["verdict"] == "not measured" and "none.such" in level["reason"]


def test_an_invalid_run_has_no_seconds(project, capsys):
    project.measure(1, times({CALLS: 1.2, P50: 3}))
    project.stem(1).with_name(project.stem(1).name + ".validity.txt").write_text("invalid: noise\n")
    _, report = check(project, capsys)
    assert report["invalid"] == ["v0.1: noise"]
    assert verdicts(report)[P50] == "no verdict" and verdicts(report)[CALLS] == "regression"


def test_noise_is_judged_against_the_last_valid_run(tmp_path, capsys):
    project = make(tmp_path, commits=3)
    project.measure(0)
    project.measure(1, times({CALLS: 1.2, P50: 3}))
    project.stem(1).with_name(project.stem(1).name + ".validity.txt").write_text("invalid: noise\n")
    project.measure(2, times({CALLS: 1.2, P50: 3}))
    _, report = check(project, capsys)
    assert verdicts(report)[P50] == "regression" and verdicts(report)[CALLS] == "same"
    assert report["invalid"] == []
    assert report["notes"] == [
        "v0.1 is an invalid run: what has noise is judged against v0.0, the last valid one"
    ]
    _, report = check(project, capsys, "v0.1")  # who names it gets it
    assert verdicts(report)[P50] == "no verdict" and report["invalid"] == ["v0.1: noise"]
