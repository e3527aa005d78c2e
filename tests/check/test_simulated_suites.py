"""Simulated suites: no alarm on identical code, what is planted is found; the tests behind it."""

from __future__ import annotations

import dataclasses
import random
import warnings

import pytest
from check_simulation import BUSY, QUIET, STEADY, Noise, Suite, row

from harness.check.judge import judge
from harness.check.slo import Settings
from harness.check.statistics import holm, rank_p, shift_interval, welch_p
from harness.common.stats import FEWEST_PROCESSES
from harness.results.figures import by_process

SUITES = 20


@pytest.mark.slow
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
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0 <= welch_p([5.0] * 4, [5.0, 5.0, 5.0, 5.000000000000001]) <= 1
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
