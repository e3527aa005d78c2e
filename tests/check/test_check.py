"""`harness check` finds what was planted, and is quiet about what was not."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path

import pytest
from check_project import CONTROL, Project, make, times
from check_simulation import BUSY, QUIET, STEADY, Noise, Suite, row

from harness.__main__ import main
from harness.check.judge import judge
from harness.check.slo import Settings
from harness.check.statistics import holm, rank_p, shift_interval, welch_p
from harness.common.stats import FEWEST_PROCESSES
from harness.results.figures import by_process

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


SUITES = 20


@pytest.mark.parametrize("noise", [QUIET, BUSY, STEADY], ids=["quiet", "busy", "steady"])
@pytest.mark.parametrize("processes", [(5, 5), (6, 7), (8, 8), (8, 5)])
def test_identical_code_is_quiet_in_simulated_suites(
    noise: Noise, processes: tuple[int, int]
) -> None:
    alarms = [_alarms(Suite(seed, noise, processes)) for seed in range(SUITES)]
    rows = 200 * SUITES
    assert sum(map(bool, alarms)) <= SUITES / 20
    assert sum(map(len, alarms)) <= rows / 100


def test_planted_effects_are_found_in_simulated_suites() -> None:
    planted = [
        ("counts.C0.track_c", 1.02),
        ("ratios.R3.track_r", 1.15),
        ("seconds.S1.track_s", 1.3),
    ]
    for name, factor in planted:
        suites = [Suite(s, STEADY, benchmarks=8, regressed=(name, factor)) for s in range(20)]
        found = [{v.row.benchmark for v in _alarms(suite)} for suite in suites]
        assert sum(name in each for each in found) >= 19, name


@pytest.mark.parametrize("floor", [False, True])
def test_ten_times_as_slow_is_judged_from_few_processes_and_has_no_verdict_from_fewer(floor):
    suite = Suite(
        1, STEADY, (FEWEST_PROCESSES,) * 2, benchmarks=4, regressed=("seconds.S1.track_s", 10)
    )
    rows = [row for row in suite.rows() if floor or not row.is_floor]
    assert {each.row.benchmark for each in judge(rows, Settings()) if each.is_finding} == {
        "seconds.S1.track_s"
    }
    sampled = {each.benchmark for each in rows if len(each.base.samples) >= FEWEST_PROCESSES}
    for size in ({"processes": FEWEST_PROCESSES - 1}, {"processes": 1, "samples": ()}):
        few = [_of_few(row, **size) for row in rows]
        judged = [each for each in judge(few, Settings()) if each.row.benchmark in sampled]
        noisy = [each for each in judged if each.row.is_noisy]
        assert {each.verdict for each in noisy} == {"no verdict"}
        if size["processes"] > 1:
            assert "5 a side are needed" in noisy[0].reason


def _of_few(row, processes, **kept):
    """The same row, of so few processes; without samples, asv's interval was all that was kept."""
    sides = {}
    for name in ("base", "head"):
        side = getattr(row, name)
        fewer = {"samples": side.samples[:processes], "repeat": min(side.repeat, processes)} | kept
        sides[name] = dataclasses.replace(side, **fewer)
    return dataclasses.replace(row, **sides)


def _alarms(suite: Suite) -> list:
    return [each for each in judge(suite.rows(), Settings()) if each.is_finding]


def test_the_tests_behind_it() -> None:
    low, high = [1.0 + i / 100 for i in range(8)], [2.0 + i / 100 for i in range(8)]
    assert rank_p(low, high) == pytest.approx(1 / 12870)
    assert rank_p(high, low) == pytest.approx(1)
    assert rank_p([1.0] * 8, [1.0] * 8) == pytest.approx(1)  # ties are no difference
    near = [2.5, 4, 5, 9], [0.0, 1, 2, 3]  # one of sixteen pairs is lost
    assert rank_p(*near[::-1]) == pytest.approx(2 / 70)
    assert rank_p(near[1] * 4, near[0] * 4) == pytest.approx(1.320999422e-05)  # approximated
    assert welch_p(near[1], near[0]) == pytest.approx(0.0368045590)
    assert welch_p(low[:4], high[:4]) < 1e-6
    assert (welch_p([1, 1], [1, 1]), welch_p([1, 1], [2, 2])) == (1, 0)
    assert holm({1: 0.001, 2: 0.03, 3: 0.04}, 0.05) == {1}
    assert shift_interval(near[1], near[0]) == (-0.5, 9)
    least, most = shift_interval(low, high)
    assert least < 1 < most and most - least < 0.2


def test_samples_of_one_process_become_one() -> None:
    assert by_process([1, 2, 9, 4, 5, 6], 2) == (2, 5)
    assert by_process([1.0, None, 3.0], 1) == (1, 3)


def test_zero_and_negative_values_are_compared_by_difference() -> None:
    dice = random.Random(1)
    base = [dice.gauss(1.0, 1.0) for _ in range(8)]
    rows = [row("a.track_x", "absolutes", "seconds", base, [v + 50 for v in base], ("'mine'",))]
    rows.append(row("controls.Controls.time_arithmetic", "absolutes", "seconds", [1, 1], [1, 1]))
    (found,) = judge(rows, Settings())
    assert found.verdict == "regression" and found.net == pytest.approx(found.change)
    zero = dataclasses.replace(rows[0], base=row("z", "", "", [0.0] * 8, [0.0] * 8).base)
    assert judge([zero, rows[1]], Settings())[0].verdict == "no verdict"
