"""The document of a target says what `check` says, and a broken one is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import check_project
import pytest
from check_project import Project, times
from places import ROOT

from harness.check import documents, known, stored
from harness.cli.main import main
from harness.history import machine

CALLS = "latency.Counted.track_calls"
P50 = "latency.Added.track_p50"
STEPS = ({}, {CALLS: 1.5}, {CALLS: 1.505, P50: 3.0}, {P50: 3.0})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Four commits: more calls, a few more and slower, as few as at first."""
    monkeypatch.chdir(tmp_path)
    made = check_project.make(tmp_path, len(STEPS))
    for number, step in enumerate(STEPS):
        made.measure(number, times(step))
    return made


def kept(project: Project) -> known.Document:
    path = project.root / "demo.json"
    path.write_text(stored.text(documents.document(project.config)))
    return known.read(path)


def agrees(capsys: pytest.CaptureFixture[str], group: known.Group, config: Path) -> bool:
    """Whether `check` says of each pair what the group says."""
    labels = {row.label: index for index, row in enumerate(group.rows)}
    for pair in group.pairs:
        two = [group.releases[each].commit for each in (pair.base, pair.head)]
        of = ["--config", str(config), "--machine", group.machine, "--env", group.environment]
        assert main(["check", *two, *of, "--format", "json"]) in (0, 1)
        said = json.loads(capsys.readouterr().out)
        assert (pair.summary, pair.notes) == (said["summary"], said["notes"])
        for row in said["rows"]:
            index = labels[row["label"]]
            told, of_row = pair.judged.get(index), group.rows[index]
            if told is None:
                values = [of_row.values[each] for each in (pair.base, pair.head)]
                assert row["verdict"] == ("n/a" if None in values else "same")
            else:
                assert told.verdict == row["verdict"]
                change = row["change"] and pytest.approx(row["change"], rel=1e-5)
                assert told.change == change
    return bool(group.pairs)


def test_a_release_that_could_not_be_installed_is_said_and_compared_with_nothing(project, capsys):
    project.measure(2, lambda name, index, usual: None)
    stem = project.stem(2)
    notes = "".join(f"{name}: not installed: no wheel\n" for name in check_project.BENCHMARKS)
    stem.with_name(f"{stem.name}.notes.txt").write_text(notes)
    (group,) = kept(project).groups
    (each,) = group.not_installed
    assert each.in_words == "v0.2 (2025-03-03) could not be installed: no wheel"
    assert [release.title for release in group.releases] == ["v0.0", "v0.1", "v0.3"]
    assert agrees(capsys, group, project.config)
    main(["check"])
    assert "v0.2 could not be installed: no wheel" in capsys.readouterr().out
    assert main(["check", "v0.1", "v0.2"]) == 2
    assert "no wheel" in capsys.readouterr().err


def test_each_pair_is_as_check_has_it(project, capsys):
    (group,) = kept(project).groups
    assert [(each.base, each.head) for each in group.pairs] == [
        *((0, 1), (1, 2), (2, 3), (0, 3), (1, 3))
    ]
    before = [group.before(head) for head in range(len(STEPS))]
    assert [pair and pair.base for pair in before] == [None, 0, 1, 2]
    assert agrees(capsys, group, project.config)
    assert [each.findings for each in group.releases] == [None, 1, 1, 0]
    assert [each.improvements for each in group.releases] == [None, 0, 0, 1]


@pytest.mark.slow
def test_a_committed_target_is_as_check_has_it(capsys):
    config = ROOT / "targets" / "agno.json"
    for group in documents.document(config).groups:
        assert agrees(capsys, group, config)


def test_what_is_exact_can_be_compared_at_any_two_and_what_has_noise_not(project):
    (group,) = kept(project).groups
    labels = {row.label: index for index, row in enumerate(group.rows)}
    found = group.judged(0, 2)
    assert found[labels[f"{CALLS}('mine')"]] == known.Judged("regression", 0.505)
    assert found[labels[f"{P50}('mine')"]].reason == known.ASK
    assert labels[f"{CALLS}('floor')"] not in found
    row = group.rows[labels[f"{CALLS}('mine')"]]
    assert row.floor == labels[f"{CALLS}('floor')"] and row.values == [100, 150, 150.5, 100]
    assert not row.low and len(group.rows[labels[f"{P50}('mine')"]].high) == len(STEPS)


def test_functions_are_names_with_calls_before_and_after():
    content = {"1": {"verdict": "regression", "functions": [["Run.go (a.py)", 0, 14]]}}
    pair = known.Pair(0, 1, "", [], [], None, content)
    assert pair.judged[1].functions == [("Run.go (a.py)", 0, 14)]


def test_the_machine_that_stands_for_all_has_the_exact_rows(project):
    found = kept(project)
    assert found.counts(found.groups[0])
    project.measure(2, times({CALLS: 1.5}), machine=machine.exact()["machine"])
    found = kept(project)
    assert [found.counts(each) for each in found.groups] == [False, True]


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda text: text[:100], "cannot read"),
        (lambda text: "[]", "no document of verdicts of schema 1"),
        (lambda text: text.replace('"schema": 1', '"schema": 2'), "of schema 1"),
        (lambda text: text.replace('"exact":true', '"exact":1'), "must be true or false"),
        (lambda text: text.replace('"values":[100,', '"values":['), "another number"),
        (lambda text: text.replace('"base":0', '"base":9'), "a pair of lab"),
    ],
)
def test_a_broken_one_is_refused_in_one_line(project, spoil, line):
    path = project.root / "demo.json"
    kept(project)
    text = path.read_text()
    path.write_text(spoil(text))
    assert path.read_text() != text
    with pytest.raises(ValueError, match=line) as error:
        known.read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
