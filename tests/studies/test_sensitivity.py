"""The sensitivity study's own logic: the list of trials, rules, continuing and the page."""

import itertools
import subprocess
import time
from collections import Counter
from types import SimpleNamespace

import check_project
import psutil
import pytest

from benchmarks.declared import every_class
from studies.planted.defects import DEFECTS, named
from studies.sensitivity import __main__ as command_line
from studies.sensitivity import page, rules, runner
from studies.sensitivity.trials import (
    COUNTS,
    FILE,
    FULL,
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

LINES = "latency.Counted.track_lines"
NOISY = {"cpu-2", "cpu-5", "cpu-10", "cpu-25", "tail", "errors", NOTHING}

TABLE = """
All benchmarks:

| Change   | Before [a] <base>    | After [b] <x>       | Ratio   | Benchmark (Parameter)        |
|----------|----------------------|---------------------|---------|------------------------------|
|          | 1.0±0.1ms            | 1.0±0.1ms           | 1.00    | latency.Run.time_run('a', 0) |
| +        | 1.0±0.1ms            | 2.0±0.1ms           | 2.00    | latency.Run.time_run('a', 1) |
| -        | 2.0±0.1ms            | 1.0±0.1ms           | 0.50    | latency.Run.time_run('a', 2) |
| !        | 1.0                  | failed              | n/a     | x.Y.track_z('a|b', 3)        |
|          | 1.0                  | 2.0                 | ~2.00   | x.Y.track_z('a|b', 4)        |
"""


def pair(item=SAME, trial=1, head="cpu-2-clean", load=QUIET, base="base", **said):
    """A record; said: alarms by rule, or a note."""
    verdicts = {
        rule: rules.said([], 100, note=what) if isinstance(what, str) else rules.said(what, 100)
        for rule, what in ({"check": [], "compare": []} | said).items()
    }
    record = {"kind": "pair", "profile": FULL, "load": load, "trial": trial, "item": item}
    return record | {"base": base, "head": head, "seconds": 90.0, "rules": verdicts}


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


def test_the_rows_of_asv_that_are_worse():
    found = rules.on_table(0, TABLE)
    assert found["alarms"] == ["latency.Run.time_run('a', 1)", "x.Y.track_z('a|b', 3)"]
    assert found["compared"] == 5 and rules.on_table(1, TABLE) == found
    assert rules.on_table(0, "BENCHMARKS NOT SIGNIFICANTLY CHANGED.") == rules.said([], 0)
    assert rules.on_table(2, "failed")["alarms"] == [rules.FAILED]
    assert rules.on_table(1, "x\nno results\n")["note"] == "ended with status 1: no results"


def test_the_regressions_of_the_gate(tmp_path):
    calls, p95 = "latency.Counted.track_calls", rules.P95
    made = check_project.make(tmp_path)
    made.measure(0)
    made.measure(1, check_project.times({calls: 1.2, p95: 1.11}))
    (tmp_path / "slo.toml").write_text(f'[slo.x]\nbenchmark = "{calls}"\nlimit = 1\n')
    found = rules.on_results(made.config, "v0.0", "v0.1")
    assert found["check"]["alarms"] == [f"{calls}('mine')"] and found["check"]["compared"] == 4
    assert found["check"]["remark"].startswith(
        "Demo: v0.1 is worse than v0.0: 1 regression, 1 service level broken in 4 rows"
    )
    for said in rules.on_results(made.config, "v0.0", "v9").values():
        assert "no commit v9" in said["note"]


def test_a_p95_that_rose_by_more_than_a_tenth():
    def row(label, before, after, is_floor=False, benchmark=rules.P95):
        sides = (SimpleNamespace(value=each, measured=each is not None) for each in (before, after))
        base, head = sides
        return SimpleNamespace(
            benchmark=benchmark, label=label, base=base, head=head, is_floor=is_floor
        )

    known = [row("a", 1, 1.09), row("b", 1, 1.11), row("c", 1, None), row("d", None, 9)]
    floor = row("floor", 1, 9, is_floor=True)
    assert rules.plain_p95([*known, floor]) == rules.said(["b", "c"], 3)
    assert rules.plain_p95([floor, row("x", 1, 9, benchmark="x")])["note"] == "no p95 was measured"


def test_found_means_by_a_benchmark_that_must_show_it(tmp_path):
    exact, noisy = named("build-50").exact[0], named("build-50").noisy[0]
    other = "latency.Run.time_run"
    text = page.render(
        [
            pair("build-50", 1, check=[f"{exact}('planted')"], compare=[f"{other}('planted')"]),
            pair("build-50", 2, check=[f"{noisy}('planted')"], compare="no results"),
        ]
    )
    start = "| `build-50`: more Python work when an agent is built | +50 % "
    half = "1 of 2 (1.26 % to 98.7 %)"
    never = "0 of 1 (0 % to 97.5 %)"
    assert f"{start}| counts | {half} `{exact}` | {never} |" in text
    assert f"{start}| what is timed | {half} `{noisy}` | {never} |" in text
    assert "`asv compare` said nothing of 1 pairs: no results" in text


def test_pairs_that_share_runs_tell_as_much_as_those_that_share_none():
    few = [pair(head=f"{n}", base=f"{n + 20}", compare=["x(1)"]) for n in range(7)]
    many = [
        pair(head=f"{a}", base=f"{b}", compare=["x(1)"])
        for a, b in itertools.combinations(range(15), 2)
    ]
    assert "| `asv compare` | 7 of 700 (0.403 % to 2.05 %) | 7 of 7 (59.0 % to 100 %) |" in (
        page.render(few)
    )
    assert "105 of 10500 (0.403 % to 2.05 %) | 105 of 105 (59.0 % to 100 %) |" in page.render(many)


def test_the_exact_interval_of_few_and_many_trials():
    # Tables of Clopper and Pearson.
    assert page.interval(0, 20) == (0, pytest.approx(0.1684, abs=1e-4))
    assert page.interval(20, 20) == (pytest.approx(0.8316, abs=1e-4), 1)
    assert page.interval(10, 20) == pytest.approx((0.2720, 0.7280), abs=1e-4)


def test_the_page_says_what_the_data_says(tmp_path):
    about = {"os": "Linux", "arch": "x", "cpu": "C", "num_cpu": "2", "ram": "4 GiB"}
    records = [{"kind": "session", "when": "2026-01-02", "machine": about, "python": "3.11"}]
    records += [pair("cpu-2", n, "cpu-2", check=[f"{LINES}('planted')"]) for n in range(1, 4)]
    records += [pair(NOTHING, n, compare=["x(1)"] if n == 1 else []) for n in range(1, 4)]
    records += [pair("leak", 1, "leak", LOADED, check="broken gate")]
    keep(tmp_path, records)
    text = page.render(read(tmp_path))
    assert (
        f"| +2 % | counts | 3 of 3 (29.2 % to 100 %) `{LINES}` | 0 of 3 (0 % to 70.8 %) |" in text
    )
    assert "| nothing |  | anything | 0 of 3 (0 % to 70.8 %) | 1 of 3 (0.840 % to 90.6 %) |" in text
    assert "6 pairs, of which 0 A/A; nothing else" in text and "one core kept busy" in text
    assert "said nothing of 1 pairs: broken gate" in text
    assert "2 cores of C, 4 GiB" in text and "2026-01-02" in text
    assert "nan" not in text


def test_an_empty_page_says_how_to_begin(tmp_path):
    assert "make sensitivity" in page.render(read(tmp_path))


def test_the_busy_child_works_inside_the_block_only():
    with runner.busy(QUIET):
        assert not psutil.Process().children()
    with runner.busy(LOADED):
        (child,) = psutil.Process().children()
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
