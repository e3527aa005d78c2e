"""What answers: results that lie here if they are newer, else what the installation carries."""

from __future__ import annotations

from pathlib import Path

import check_project
import pytest
from check_project import Project, times

from harness.check import documents, known, sources, stored
from harness.cli.main import main

CALLS = "latency.Counted.track_calls"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three commits, of which two are measured, and known as if by an installation."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(known, "FOLDER", tmp_path / "known")
    made = check_project.make(tmp_path)
    for number in (0, 1):
        made.measure(number)
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "results.json").write_text(stored.text(documents.document(made.config)))
    return made


def titles(own: bool = False) -> list[str]:
    (found,) = sources.documents(own=own)
    return [each.title for each in found.groups[0].releases]


def test_what_is_kept_answers_until_another_release_is_measured(project, capsys):
    project.measure(0, times({CALLS: 3.0}))  # again: nobody looks into what is known already
    assert titles() == ["v0.0", "v0.1"] and capsys.readouterr().err == ""
    assert sources.documents()[0].groups[0].rows != sources.documents(own=True)[0].groups[0].rows
    project.measure(2, lambda name, index, usual: None)
    assert titles() == ["v0.0", "v0.1"]  # a release without a number is none
    project.measure(2)
    assert titles() == ["v0.0", "v0.1", "v0.2"]
    assert capsys.readouterr().err == "results: from the results here, which are newer\n"


def test_outside_of_a_checkout_what_is_kept_answers(project, tmp_path_factory, monkeypatch):
    project.measure(2)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert titles() == ["v0.0", "v0.1"]
    with pytest.raises(ValueError, match="--own needs results: there is no asv"):
        sources.documents(own=True)


def test_the_asv_configuration_of_somebody_else_is_no_obstacle(project, capsys):
    project.config.write_text('{"version": 1, "plugins": ["no_such_plugin"]}')
    assert titles() == ["v0.0", "v0.1"]
    assert "only what was known before is shown" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda path: path.write_text("{}"), "no document of verdicts"),
        (lambda path: path.unlink(), "no results of any target: begin with make survey"),
    ],
)
def test_bad_input_is_one_line(project, capsys, spoil, line):
    project.config.unlink()
    spoil(known.FOLDER / "results.json")
    assert main(["findings"]) == 2
    shown = capsys.readouterr().err
    assert line in shown and shown.count("\n") == 1
