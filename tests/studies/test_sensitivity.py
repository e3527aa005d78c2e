"""The sensitivity study's own logic: the list of trials, rules, continuing and the page."""

import itertools
import subprocess
import time
from collections import Counter
from types import SimpleNamespace

import psutil
import pytest

from benchmarks.declared import every_class
from studies.planted.defects import DEFECTS, named
from studies.sensitivity import __main__ as command_line
from studies.sensitivity import rules, runner
from studies.sensitivity.trials import (
    COUNTS,
    FILE,
    LOADED,
    NOTHING,
    QUIET,
    SAME,
    SHOWING,
    keep,
    missing,
    read,
    trials,
)

NOISY = {"cpu-2", "cpu-5", "cpu-10", "cpu-25", "tail", "errors", NOTHING}


def test_what_is_exact_is_measured_thrice_and_what_is_noisy_twelve_times():
    others = [each for each in trials() if each.item != SAME]
    expected = {each.tag: 3 for each in DEFECTS} | dict.fromkeys(NOISY, 12)
    assert Counter(each.item for each in others) == expected
    assert {each.profile for each in others if each.item in NOISY} == {SHOWING}
    assert {each.profile for each in others if each.item not in NOISY} == {COUNTS}
    assert {each.load for each in others} == {QUIET}
    for each in others:
        assert each.head == each.item or (each.item == NOTHING and each.head != each.base)
    assert [each.item for each in others] != sorted(each.item for each in others)
    assert trials() == trials()


def test_a_trial_measures_where_its_defect_must_show():
    of = {each.item: runner.benchmarks(each) for each in trials() if each.item != SAME}
    assert of["build-50"] == ["startup.Build.track_lines"]
    assert of["tail"] == [*named("tail").exact, *named("tail").noisy]
    assert {*of["cpu-2"], *of["tail"], *of["errors"]} == {*of[NOTHING]}


def test_nothing_is_all_pairs_of_fifteen_runs_quiet_and_loaded():
    for load in (QUIET, LOADED):
        pairs = [each for each in trials() if (each.item, each.load) == (SAME, load)]
        runs = {tag for each in pairs for tag in (each.base, each.head)}
        assert len(runs) == 15 and len(pairs) == 105
        assert {frozenset((each.base, each.head)) for each in pairs} == {
            frozenset(each) for each in itertools.combinations(runs, 2)
        }
        assert not runs & {each.tag for each in DEFECTS}


def test_the_benchmarks_of_a_defect_are_told_apart_by_whether_they_have_noise():
    grades = {
        of.asv_name(track): (track.grade in ("counts", "virtual") or track.exact)
        for of in every_class()
        for _, track in of.figures()
    }

    def repeats(name):
        return grades.get(name, False)

    for defect in DEFECTS:
        assert defect.exact and all(map(repeats, defect.exact)), defect.tag
        assert not any(map(repeats, defect.noisy)), defect.tag


def test_what_is_measured_is_not_measured_again(tmp_path):
    todo = missing([], ["build-50"])
    assert {each.trial for each in todo} == {1, 2, 3}
    keep(tmp_path, [{"kind": "pair", **vars(todo[0]), "rules": {}}])
    assert missing(read(tmp_path), ["build-50"]) == todo[1:]
    assert len(missing([], ["build-50", "cpu-2"], most=1)) == 2
    assert missing([]) == trials()


class Fake(runner.Study):
    """Measures nothing, remembers what it was asked, and fails at the trials of `ends`."""

    def __init__(self, folder, ends):
        super().__init__(folder, folder / "work")
        self.asked, self.ends = [], ends

    def _continuous(self, trial):
        self.asked.append(trial)
        if (end := self.ends.get(len(self.asked))) is not None:
            raise end
        return {"check": rules.said(["a(1)"], 7)}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(runner.machine, "register", lambda: ("box", False))
    monkeypatch.setattr(runner, "plant", lambda work: None)
    return lambda ends=(): Fake(tmp_path, dict(ends))


def test_an_interrupted_study_continues_where_it_was(study, tmp_path):
    todo = missing([], ["build-50"])
    with pytest.raises(KeyboardInterrupt):
        study({2: KeyboardInterrupt()}).perform(todo, print)
    rest = missing(read(tmp_path), ["build-50"])
    assert rest == todo[1:]
    again = study()
    assert again.perform(rest, print)
    assert again.asked == rest and not missing(read(tmp_path), ["build-50"])
    assert [each["kind"] for each in read(tmp_path)] == ["session", "pair", "session"] + 2 * [
        "pair"
    ]


def test_a_run_is_measured_once_for_all_its_pairs(study, tmp_path, monkeypatch):
    asked, ends = [], {}

    def asv(verb, *arguments, config):
        asked.append((verb, *arguments))
        if verb == "run":
            tag = arguments[0].removesuffix("^!")
            folder = config.parent / "results" / config.stem / "box"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{commits[tag][:8]}-env.json").touch()
            return ends.get(tag, 0), "no space"
        return 0, ""

    todo = missing([], [SAME])[:3]
    commits = {
        tag: f"{n:040}"[::-1]
        for n, tag in enumerate({t for p in todo for t in vars(p).values()}, 1)
    }
    monkeypatch.setattr(runner, "asv", asv)
    monkeypatch.setattr(rules, "on_results", lambda *_: {})
    made = study()
    config = tmp_path / "planted.json"
    config.write_text("{}")
    made.planted = SimpleNamespace(config=config, commits=commits)
    ends[todo[1].head] = 1
    assert not made.perform(todo, print)
    runs = [each[1] for each in asked if each[0] == "run"]
    assert runs == [f"{tag}^!" for tag in (todo[0].base, todo[0].head, todo[1].head, todo[2].head)]
    ends.clear()
    asked.clear()
    assert made.perform(todo[1:2], print)  # what did not end well is measured again
    assert [each[0] for each in asked] == ["run", "compare"]


def test_one_trial_that_fails_does_not_end_a_study(study, tmp_path, capsys):
    todo = missing([], ["build-50"])
    assert not study({1: ValueError("no space")}).perform(todo, print)
    assert "no space" in capsys.readouterr().out
    assert missing(read(tmp_path), ["build-50"]) == todo[:1]


def test_broken_data_is_told_with_its_line(tmp_path):
    (tmp_path / FILE).write_text('{"kind":"pair"}\n7\n')
    with pytest.raises(ValueError, match="line 2: no record"):
        read(tmp_path)


def test_the_busy_child_works_inside_the_block_only():
    others = set(psutil.Process().children())  # such as another test's browser
    with runner.busy(QUIET):
        assert set(psutil.Process().children()) <= others
    with runner.busy(LOADED):
        (child,) = set(psutil.Process().children()) - others
        while child.cpu_times().user < 0.2:
            time.sleep(0.01)
    assert not child.is_running()


def test_what_a_command_prints_and_how_it_ends(tmp_path, monkeypatch):
    status, output = runner.asv("show", config=tmp_path / "none.json")
    assert status == 1 and "none.json" in output
    assert runner.asv("no-such-verb", config=tmp_path)[0] == 2
    monkeypatch.setattr(runner, "LIMIT", 0.0)
    with pytest.raises(subprocess.TimeoutExpired):
        runner.asv("show", config=tmp_path)


def test_the_command_line(tmp_path, capsys):
    out = ["--out", str(tmp_path)]
    assert command_line.main(["--only", "cpu-3", *out]) == 2
    assert capsys.readouterr().err.startswith("sensitivity: no defect 'cpu-3'")
    assert command_line.main(["--only", "build-50", "--trials", "1", "--list", *out]) == 1
    assert "quiet, build-50 1: build-50 against " in capsys.readouterr().out
    keep(tmp_path, [{"kind": "pair", **vars(each)} for each in missing([], ["build-50"])])
    assert command_line.main(["--only", "build-50", *out]) == 0  # nothing is measured
