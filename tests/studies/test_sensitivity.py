"""The sensitivity study's own logic: plans, rules, resuming and the report."""

import time
from pathlib import Path
from types import SimpleNamespace

import check_project
import psutil
import pytest

from studies.planted.defects import DEFECTS, named
from studies.sensitivity import __main__ as command_line
from studies.sensitivity import busy, figures, plan, raw, report, rules, study
from studies.sensitivity.project import Done, Project, StudyError, command
from studies.sensitivity.settings import LOADED, QUIET, Settings, known_pairs, missing

TAGS = tuple(defect.tag for defect in DEFECTS)
RATIO = "latency.OverFloor.track_cpu_ratio('threads', 0)"

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


def pair(item="a/a", trial=1, head="cpu-2-clean", load=QUIET, **said):
    """A raw record; said: alarms by rule, or a note."""
    verdicts = {
        rule: {"alarms": [], "compared": 100, "note": what}
        if isinstance(what, str)
        else {"alarms": what, "compared": 100}
        for rule, what in ({"check": [], "compare": []} | said).items()
    }
    record = {"kind": "pair", "profile": "full", "load": load, "trial": trial, "item": item}
    return record | {"base": "base", "head": head, "seconds": 90.0, "rules": verdicts}


def values(value, load=QUIET, label=RATIO):
    record = {"kind": "values", "profile": "full", "load": load, "trial": 1, "commit": "base"}
    return record | {"when": "2026-01-01T00:00:00Z", "values": {label: value}}


def test_a_trial_compares_each_defect_once_and_each_reference_with_its_like() -> None:
    for trial in (1, 2):
        blocks = plan.blocks(trial, TAGS)
        pairs = [pair for block in blocks for pair in block.pairs]
        assert sorted(p.item for p in pairs if p.item != plan.SAME) == sorted(TAGS)
        assert sum(p.item == plan.SAME for p in pairs) == len(blocks)
        for block in blocks:
            assert {p.reference for p in block.pairs} == {block.reference}
            clean = {block.reference, *(p.commit for p in block.pairs if p.item == plan.SAME)}
            assert len(clean) == 2 and not clean & set(TAGS)
    assert plan.blocks(1, TAGS) == plan.blocks(1, TAGS) != plan.blocks(2, TAGS)


def test_without_defects_a_trial_is_pairs_of_harmless_commits() -> None:
    (block,) = plan.blocks(1, ())
    assert [p.item for p in block.pairs] == [plan.SAME] * plan.PER_BLOCK
    assert len({p.commit for p in block.pairs} | {block.reference}) == plan.PER_BLOCK + 1


def test_what_is_measured_is_not_measured_again(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path, trials=2, defects=TAGS[:2], loads=(QUIET, LOADED))
    everything = missing(settings, set())
    assert len(everything) == 4
    for trial, load, block in everything[:3]:
        for one in block.pairs:
            raw.append(tmp_path, pair(one.item, trial, one.commit, load))
    known = known_pairs(raw.read(tmp_path))
    assert missing(settings, known) == everything[3:]
    trial, load, block = everything[3]
    raw.append(tmp_path, pair(block.pairs[0].item, trial, block.pairs[0].commit, load))
    ((_, _, rest),) = missing(settings, known_pairs(raw.read(tmp_path)))
    assert rest.pairs == block.pairs[1:] and rest.reference == block.reference


def test_a_finished_study_measures_nothing(tmp_path: Path, monkeypatch) -> None:
    settings = Settings(tmp_path, tmp_path / "work", trials=1, defects=TAGS[:1])
    for trial, load, block in missing(settings, set()):
        for one in block.pairs:
            raw.append(tmp_path, pair(one.item, trial, one.commit, load))
    monkeypatch.setattr(study, "plant", lambda *_: pytest.fail("measured again"))
    assert study.Study(settings, say=lambda _: None).perform()


class FakeProject(Project):
    """Measures nothing; remembers what was asked."""

    runs: list[str]  # shared by all projects of a test
    ends: list[Exception | type[BaseException]]

    def run(self, tag, timeout):
        self.runs.append(tag)
        if self.ends:
            raise self.ends.pop()

    def values(self, tag):
        return {RATIO: 2.0, f"{rules.P95}('planted', 'threads', 0.0)": 1.0 + len(tag)}


@pytest.fixture
def faked(monkeypatch):
    """The study with asv left out; gives the runs it makes and how they are to end."""
    FakeProject.runs, FakeProject.ends = [], []
    monkeypatch.setattr(study, "Project", FakeProject)
    for rule in ("check", "compare"):
        monkeypatch.setattr(rules, rule, lambda *_: rules.Verdict(("a(1)",), 7))
    monkeypatch.setattr(study.machine, "register", lambda: ("box", False))
    return FakeProject


def test_an_interrupted_study_continues_where_it_was(tmp_path: Path, faked) -> None:
    settings = Settings(tmp_path / "out", tmp_path / "work", trials=1, defects=TAGS[:3])
    (_, _, block) = missing(settings, set())[0]

    class Interrupting(list):
        def pop(self):
            raise KeyboardInterrupt

        def __bool__(self):
            return len(faked.runs) == 3

    faked.ends = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        study.Study(settings, say=lambda _: None).perform()
    faked.ends = []
    assert len(known_pairs(raw.read(settings.out))) == 1
    faked.runs.clear()
    assert study.Study(settings, say=lambda _: None).perform()
    # The reference is measured anew, because hours may have passed.
    assert faked.runs == [block.reference, *(one.commit for one in block.pairs[1:])]
    records = raw.read(settings.out)
    assert len(known_pairs(records)) == len(block.pairs)
    assert {"session", "values", "pair"} == {record["kind"] for record in records}


def test_a_study_ends_in_time(tmp_path: Path, faked) -> None:
    settings = Settings(tmp_path / "out", tmp_path, trials=1, defects=TAGS, minutes=1e-9)
    assert not study.Study(settings, say=lambda _: None).perform()
    assert faked.runs == []


def test_one_block_that_fails_does_not_end_a_study(tmp_path: Path, faked) -> None:
    settings = Settings(tmp_path / "out", tmp_path / "work", trials=4, defects=TAGS[:1])
    faked.ends = [StudyError("no space")]
    assert not study.Study(settings, say=lambda _: None).perform()
    assert {r["trial"] for r in raw.read(settings.out) if r["kind"] == "pair"} == {2, 3, 4}
    faked.ends = [StudyError("no space")] * 9
    with pytest.raises(StudyError, match="no space"):
        study.Study(Settings(tmp_path / "b", tmp_path, trials=9), say=lambda _: None).perform()


def test_a_record_that_was_cut_short_is_forgotten(tmp_path: Path) -> None:
    raw.append(tmp_path, pair())
    with open(tmp_path / raw.FILE, "a") as file:
        file.write('{"kind":"pa')
    assert len(raw.read(tmp_path)) == 1
    raw.mend(tmp_path)
    raw.append(tmp_path, pair(trial=2))
    assert [record["trial"] for record in raw.read(tmp_path)] == [1, 2]


def test_broken_data_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / raw.FILE).write_text('nonsense\n{"kind":"pair"}\n')
    with pytest.raises(raw.BadData, match="line 1: not JSON"):
        raw.read(tmp_path)


def test_the_rows_of_asv_that_are_worse() -> None:
    verdict = rules.parse_table(TABLE)
    assert verdict.alarms == ("latency.Run.time_run('a', 1)", "x.Y.track_z('a|b', 3)")
    assert verdict.compared == 5
    assert rules.parse_table("BENCHMARKS NOT SIGNIFICANTLY CHANGED.") == rules.Verdict()


def test_the_regressions_of_the_gate(tmp_path: Path) -> None:
    calls = "latency.Counted.track_calls"
    made = check_project.make(tmp_path)
    made.measure(0)
    made.measure(1, check_project.times({calls: 1.2}))
    (tmp_path / "slo.toml").write_text(f'[slo.x]\nbenchmark = "{calls}"\nlimit = 1\n')
    verdict = rules.check(SimpleNamespace(config=made.config), "v0.0", "v0.1")
    assert verdict.alarms == (f"{calls}('mine')",) and verdict.compared == 4
    assert verdict.remark.startswith("2 findings: SLOs: 1 broken of 1; rows: 1 regression")
    assert "no commit v9" in rules.check(SimpleNamespace(config=made.config), "v0.0", "v9").note


def test_the_values_of_a_commit(tmp_path: Path) -> None:
    made = check_project.make(tmp_path)
    made.measure(1, lambda name, index, usual: None if index else usual)
    planted = SimpleNamespace(config=made.config, commits={"one": made.commits[1]})
    values = Project(planted, "asv.conf").values("one")
    assert values["latency.Counted.track_calls('mine')"] == 100
    assert values["latency.Counted.track_calls('floor')"] is None


def test_a_p95_that_rose_by_more_than_a_tenth() -> None:
    a, b, floor = (f"{rules.P95}('{who}', 0)" for who in ("planted", "planted', 'x", "floor"))
    base = {a: 1.0, b: 1.0, floor: 1.0}
    assert rules.plain_p95(base, {a: 1.09, b: 1.11, floor: 9.0}).alarms == (b,)
    assert rules.plain_p95(base, {a: None, b: 1.0}).alarms == (a,)
    assert rules.plain_p95(base, base) == rules.Verdict(compared=2)
    assert rules.plain_p95({floor: 1.0}, {floor: 2.0}).note


def test_found_means_by_a_benchmark_that_must_show_it() -> None:
    right, other = named("build-50").expected[0], "latency.Run.time_run"
    pairs = [
        pair("build-50", 1, check=[f"{right}('planted')"], compare=[f"{other}('planted')"]),
        pair("build-50", 2, check=[f"{other}('planted')"], compare="no results"),
    ]
    assert figures.found(pairs, "build-50", "check") == figures.Found(1, 2, right)
    assert figures.found(pairs, "build-50", "compare") == figures.Found(0, 1)
    assert figures.found(pairs, "build-50", "p95").trials == 0


def test_false_alarms_are_those_of_pairs_in_which_nothing_was_planted() -> None:
    pairs = [
        pair(trial=1, check=["a(1)", "a(2)"]),
        pair(trial=2),
        pair("cpu-2", check=["a(1)"]),
    ]
    assert figures.alarms(pairs, "check") == figures.Alarms(200, 2, 2, 1)


def test_wilson_interval_of_few_and_many_trials() -> None:
    low, high = figures.interval(0, 20)
    assert low == 0 and high == pytest.approx(0.161, abs=0.001)
    low, high = figures.interval(10, 20)
    assert (low + high) / 2 == pytest.approx(0.5)


def test_spread() -> None:
    assert figures.spread([9, 10, 12]) == pytest.approx(0.3)
    assert figures.spread([0, 0]) == 0
    assert figures.spread([0, 0, 1]) != figures.spread([0, 0, 1])  # NaN


def test_the_report_says_what_the_data_says(tmp_path: Path) -> None:
    about = {"os": "Linux", "arch": "x", "cpu": "C", "num_cpu": "2", "ram": "4 GiB"}
    records = [{"kind": "session", "when": "2026-01-02", "machine": about, "python": "3.11"}]
    lines = "latency.Counted.track_lines"
    records += [pair("cpu-2", n, "cpu-2", check=[f"{lines}('planted')"]) for n in range(1, 4)]
    records += [pair(trial=n, compare=["x(1)"] if n == 1 else []) for n in range(1, 4)]
    records += [pair("leak", 1, "leak", LOADED, check="broken gate")]
    records += [values(v, load) for load in (QUIET, LOADED) for v in (1.0, 1.1)]
    for record in records:
        raw.append(tmp_path, record)
    text = report.page(raw.read(tmp_path))
    assert f"| +2 % | 3 of 3 `{lines}` | 0 of 3 |" in text
    assert "| nothing (A/A) |  | 0 of 3 | 1 of 3 |" in text
    assert "| `harness check` | 0 of 300 (0 % to 1.26 %) | 0 of 3 (0 % to 56.1 %) |" in text
    assert "Trials: 3, with 6 pairs, of which 3 A/A" in text
    assert "said nothing of 1 pairs: broken gate" in text
    assert f"| `{RATIO}` | 4 | 9.52 % | 9.52 % | 9.52 % |" in text
    assert "2 cores of C, 4 GiB" in text
    assert "nan" not in text


def test_an_empty_report_says_how_to_begin(tmp_path: Path) -> None:
    assert "make sensitivity" in report.page(raw.read(tmp_path))


def test_the_busy_child_works_inside_the_block_only() -> None:
    with busy.core(False, 1):
        assert not psutil.Process().children()
    with busy.core(True, 30):
        (child,) = psutil.Process().children()
        while child.cpu_times().user < 0.2:
            time.sleep(0.01)
    assert not child.is_running()


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(StudyError, match="no report within"):
        command(["timeit", "-n", "1", "-r", "1", "__import__('time').sleep(60)"], {}, 0.3)


def test_what_a_command_prints_and_how_it_ends() -> None:
    helped = command(["studies.sensitivity", "--help"], {}, 60)
    assert helped.status == 0 and "--trials" in helped.output
    assert command(["studies.sensitivity", "--trials", "x"], {}, 60).status == 2


def test_bad_input_is_one_line(tmp_path: Path, capsys) -> None:
    assert command_line.main(["--defects", "cpu-3", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("sensitivity: no defect 'cpu-3'")


def test_the_last_line_of_a_rule_that_failed_is_its_note(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Project, "asv", lambda *_, **__: Done(1, "x\nno results\n"))
    project = Project(None, "x")
    assert rules.compare(project, "a", "b").note == "ended with status 1: no results"
    monkeypatch.setattr(Project, "asv", lambda *_, **__: Done(2, "failed"))
    assert rules.continuous(project, "a", "b", 9).alarms == (figures.FAILED,)
