"""What lies around zero is judged by differences: of it there is no logarithm and no per cent."""

from __future__ import annotations

import random

import pytest
from check_project import about
from check_simulation import row

from benchmarks.streaming import BetweenTokens
from harness.check.history import evidence
from harness.check.judge import judge
from harness.check.rows import Row, rows
from harness.check.slo import Settings

NAME = "streaming.BetweenTokens.track_added_p50"
GAP = 0.005
NAMES = ("runtime", "model", "gap_seconds")


def samples(seed: int, level: float = 0.0, spread: float = 20e-6, count: int = 8) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(level, spread) for _ in range(count)]


def beyond(base: list[float], head: list[float], runtime: str = "mine", size: float = GAP) -> Row:
    made = row(NAME, "absolutes", "seconds", base, head, (f"'{runtime}'", "'http'", "0.005"))
    return Row(**vars(made) | {"names": NAMES, "size": size})


CONTROL = row("controls.Controls.time_arithmetic", "absolutes", "seconds", [1.0] * 8, [1.0] * 8)


def verdict(*of: Row):
    return judge([*of, CONTROL], Settings())[0]


def test_what_is_nothing_beside_the_gap_is_the_same() -> None:
    """Ten times as much, and separated: 30 us in 5 ms."""
    found = verdict(beyond(samples(1, 3e-6, 1e-7), samples(2, 33e-6, 1e-7)))
    assert found.verdict == "same" and found.change == pytest.approx(0.006, abs=1e-4)


@pytest.mark.parametrize("level", [0.0, -40e-6, 40e-6])
def test_a_rise_is_told_in_per_cent_of_the_gap(level) -> None:
    base, head = samples(1, level), samples(2, level + 0.001)
    found = verdict(beyond(base, head), beyond(samples(3), samples(4), "floor"))
    assert found.verdict == "regression" and found.reason == "in per cent of 5 ms"
    assert found.change == pytest.approx(0.2, abs=0.01)
    assert found.net == pytest.approx(0.2, abs=0.01)
    low, high = found.interval
    assert low < 0.2 < high and high - low < 0.05


def test_a_fall_of_more_than_the_base_is_an_improvement_of_that_size() -> None:
    found = verdict(beyond(samples(1, 0.001), samples(2, -0.002)))
    assert found.verdict == "improvement" and found.change == pytest.approx(-0.6, abs=0.02)
    found = verdict(beyond(samples(1, 0.001), samples(2, -0.002), size=0.0))
    assert found.verdict == "improvement" and found.change == pytest.approx(-3, abs=0.2)
    assert found.interval[0] == pytest.approx(-3, abs=0.3)


def test_what_the_floor_rises_by_too_is_no_regression() -> None:
    mine = beyond(samples(1), samples(2, 0.001))
    found = verdict(mine, beyond(samples(3), samples(4, 0.001), "floor"))
    assert found.verdict == "no verdict" and found.net == pytest.approx(0, abs=0.01)
    assert "the machine moved by 2" in found.reason


def test_a_huge_difference_has_a_number() -> None:
    found = verdict(beyond(samples(1), samples(2, 1e6)))
    assert found.verdict == "regression" and found.change == pytest.approx(2e8, rel=0.01)


def test_noise_around_zero_raises_no_alarm() -> None:
    alarms = {GAP: 0, 0.0: 0}
    for seed in range(200):
        for size in alarms:
            pair = beyond(samples(seed), samples(seed + 1000), size=size)
            alarms[size] += sum(each.is_finding for each in judge([pair, CONTROL], Settings()))
    assert alarms[GAP] == 0 and alarms[0.0] <= 10  # one suite in twenty


def test_the_benchmark_says_what_it_is_beyond() -> None:
    for track in (BetweenTokens.track_added_p50, BetweenTokens.track_added_p95):
        assert track.beyond in BetweenTokens.param_names and track.unit == "seconds"


class Stored:
    """A result with one row, as `rows` reads it."""

    def __init__(self, values: list[float]) -> None:
        described = about(NAME, "absolutes", "seconds") | {"beyond": "gap_seconds"}
        params = [["'mine'"], ["'http'"], ["0.0", "0.005"]]
        self.benchmarks = {NAME: described | {"params": params, "param_names": list(NAMES)}}
        self.asv, self._samples, self._params = self, values, params
        self.benchmark_version = {NAME: "1"}
        self.codes: dict[str, str] = {}

    def get_all_result_keys(self) -> list[str]:
        return [NAME]

    def get_result_params(self, name: str) -> list[list[str]]:
        return self._params

    def get_result_value(self, name: str, params: object) -> list[float]:
        return [sorted(self._samples)[4]] * 2

    def get_result_stats(self, name: str, params: object) -> list[None]:
        return [None, None]

    def get_result_samples(self, name: str, params: object) -> list[list[float]]:
        return [self._samples, self._samples]


def test_a_row_knows_its_size() -> None:
    result = Stored(samples(1))
    assert [each.size for each in rows(result, result)] == [0.0, GAP]


def test_a_history_of_what_lies_around_zero_is_no_level() -> None:
    """Only the positive ones of its values would have a logarithm."""
    results = [Stored(samples(seed, 1e-6)) for seed in range(20)]
    table = [*rows(results[-2], results[-1]), CONTROL]
    (_, found), *_ = [(each, evidence(results, table)(each)) for each in table if each.size]
    assert found.is_linear and "level" not in found.note
