"""A gate is not green because something was not measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from check_project import CONTROL, Project, make

from harness.__main__ import main
from harness.check.rows import rows
from harness.rendering.lines import WIDTH
from harness.results.target import opened

CALLS, P50 = "latency.Counted.track_calls", "latency.Added.track_p50"
FRACTION, MEMORY = "speedup.Overlap.track_fraction", "latency.Memory.peakmem_runs"
THREE = (
    "gone: 3 rows not measured any more, which --allow-missing allows:"
    f" {P50}('mine'), {MEMORY}('mine'), {FRACTION}('mine')"
)


@pytest.fixture
def project(tmp_path) -> Project:
    made = make(tmp_path)
    made.measure(0)
    made.measure(1)
    return made


def edit(project: Project, number: int, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the content of a results file; a benchmark's is [values, params, ...]."""
    path = Path(f"{project.stem(number)}.json")
    data = json.loads(path.read_text())
    change(data["results"])
    path.write_text(json.dumps(data))


def leave(*names: str) -> Callable[[dict[str, Any]], object]:
    """Only these, as after an interrupted or a filtered run."""
    return lambda results: [results.pop(name) for name in set(results) - {CONTROL, *names}]


def check(project: Project, capsys, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = ["check", *arguments, "--config", str(project.config), "--format", "json"]
    status = main(command)
    return status, json.loads(capsys.readouterr().out)


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["label"]: row["verdict"] for row in report["rows"]}


def test_what_was_not_measured_again_fails_the_check_in_one_line(project, capsys):
    edit(project, 1, leave(CALLS))
    status, report = check(project, capsys)
    assert (status, report["status"]) == (1, 1)
    assert [each["kind"] for each in report["findings"]] == ["gone"] * 3
    assert report["notes"] == [THREE]
    assert [verdicts(report)[f"{name}('mine')"] for name in (CALLS, P50, MEMORY, FRACTION)] == [
        "same",
        *["gone"] * 3,
    ]
    status, report = check(project, capsys, "--allow-missing")
    assert (status, report["status"], report["findings"]) == (0, 0, [])
    assert set(verdicts(report).values()) == {"same", "gone"}


@pytest.mark.parametrize("kind", ["table", "markdown", "junit"])
def test_every_format_says_so(project, capsys, kind):
    edit(project, 1, leave(CALLS))
    command = ["check", "--config", str(project.config), "--format", kind]
    assert main(command) == 1
    printed = capsys.readouterr().out
    if kind == "junit":
        suite = ElementTree.fromstring(printed)
        assert (suite.get("failures"), suite.get("skipped")) == ("3", "0")
        failure = suite.find(f"testcase[@classname='{P50}']/failure")
        assert failure.get("message") == "gone: 2.00 ms -> n/a, n/a"
    else:
        assert THREE in " ".join(printed.split()) and ": 3 gone in 1 row" in printed
    if kind == "table":
        assert not [line for line in printed.splitlines() if line.startswith("gone  ")]
        assert max(map(len, printed.splitlines())) <= WIDTH
    assert main([*command, "--allow-missing"]) == 0
    assert kind == "junit" or THREE in " ".join(capsys.readouterr().out.split())


def test_a_number_that_became_infinite_has_failed(project, capsys):
    edit(project, 1, lambda results: results[CALLS][0].__setitem__(0, float("inf")))
    status, report = check(project, capsys)
    assert status == 1 and [each["kind"] for each in report["findings"]] == ["failed"]


def test_a_renamed_parameter_hides_nothing(project, capsys):
    def rename(results: dict[str, Any]) -> None:
        results[CALLS][0] = [300.0, 10.0]
        results[CALLS][1] = [["'renamed'", "'floor'"]]

    edit(project, 1, rename)
    status, report = check(project, capsys)
    assert status == 1 and [each["kind"] for each in report["findings"]] == ["gone"]
    found = verdicts(report)
    assert (found[f"{CALLS}('mine')"], found[f"{CALLS}('renamed')"]) == ("gone", "new")


def test_what_asv_was_not_asked_to_run_is_not_what_cannot_be_done(project, capsys):
    """`asv run --bench 'track_x\\(1\\)'` writes NaN for the other parameters, as for n/a."""
    project.measure(1, lambda n, i, usual: float("nan") if n == CALLS and not i else usual)
    status, report = check(project, capsys)
    assert status == 1 and verdicts(report)[f"{CALLS}('mine')"] == "gone"
    notes = project.stem(1).with_name(project.stem(1).name + ".notes.txt")
    notes.write_text(f"{CALLS}: n/a: it has no entry\n")
    status, report = check(project, capsys)
    assert status == 0 and verdicts(report)[f"{CALLS}('mine')"] == "n/a"


def test_what_is_new_is_named_and_fails_nothing(project, capsys):
    edit(project, 0, lambda results: results.pop(P50))
    status, report = check(project, capsys)
    assert status == 0 and verdicts(report)[f"{P50}('mine')"] == "new"
    assert main(["check", "--config", str(project.config)]) == 0
    line = f"new: 1 rows with nothing to compare them with: {P50}('mine')"
    assert line in capsys.readouterr().out


def test_a_benchmark_that_the_suite_has_no_more_is_gone(project, capsys):
    listed = project.results / "benchmarks.json"
    suite = json.loads(listed.read_text())
    del suite[CALLS]
    listed.write_text(json.dumps(suite))
    status, report = check(project, capsys)  # both have it: asv keeps what was once measured
    assert status == 0 and f"{CALLS}('mine')" not in verdicts(report)
    edit(project, 1, lambda results: results.pop(CALLS))
    status, report = check(project, capsys)
    assert status == 1 and verdicts(report)[f"{CALLS}('mine')"] == "gone"
    assert f"{CALLS}('floor')" not in verdicts(report)


def test_parameters_that_a_result_never_had_are_no_failure(project):
    edit(project, 0, lambda results: results[CALLS].__setitem__(1, [["'old'", "'floor'"]]))
    with opened(project.config) as target:
        base, head = target.results("lab", None)
        states = {row.params: row.base.state for row in rows(base, head) if row.benchmark == CALLS}
    assert states == {("'mine'",): "absent", ("'floor'",): "value", ("'old'",): "value"}
