"""A fresh result at the end of a long history."""

from __future__ import annotations

import json
import random

import pytest
from check_project import make, times

from harness.__main__ import main
from harness.check.history import against_level

P50 = "latency.Added.track_p50"
ALPHA = 0.05 / 200  # what one of 200 rows needs


def series(seed: int, length: int = 20, noise: float = 0.03) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(0, noise) for _ in range(length)]


def rises(values: list[float], alpha: float = ALPHA) -> bool:
    found = against_level(values)
    return found is not None and found.p_rise <= alpha and found.net > 0.095


def test_noise_of_3_per_cent_raises_no_alarm() -> None:
    alarms = sum(rises(series(seed, 9 + seed % 30)) for seed in range(1000))
    assert alarms == 0  # of 200 rows, one suite in 20 may have one: 0.25 of 1000 rows


def test_a_step_is_found_at_once_if_it_is_large_and_soon_if_it_is_not() -> None:
    def found(step: float, after: int) -> float:
        hits = 0
        for seed in range(60):
            values = series(seed, 24)
            hits += rises(values[:20] + [value + step for value in values[20 : 20 + after]])
        return hits / 60

    assert found(0.25, 1) > 0.95
    assert found(0.14, 3) > 0.8
    assert found(0.14, 3) > found(0.14, 1)


def test_the_level_before_is_the_last_one() -> None:
    values = [*series(1, 12), *(value + 0.5 for value in series(2, 12))]
    assert not rises([*values, 0.5])
    assert rises([*values, 0.9])


def test_one_outlier_in_the_past_does_not_blind() -> None:
    values = series(3, 20)
    values[7] += 2.0
    assert rises([*values, 0.3])


def test_too_short_a_history_says_nothing() -> None:
    assert against_level(series(1, 8)) is None


def test_check_judges_against_the_history_where_no_base_is_named(tmp_path, capsys) -> None:
    project = make(tmp_path, commits=12)
    for number in range(11):  # the level wanders more than its samples do
        project.measure(number, times({P50: 1 - 0.03 * (-1) ** number}))
    project.measure(11, times({P50: 1.075}))
    arguments = ["--config", str(project.config), "--format", "json"]
    assert main(["check", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["notes"] == ["judged against a history of 11 results"]
    assert main(["check", "v0.10", "v0.11", *arguments]) == 1  # two results cannot know that
    capsys.readouterr()
    project.measure(11, times({P50: 1.5}))
    assert main(["check", *arguments]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["benchmark"] == P50 and found["reason"] == "level of the 11 results before"


def test_exact_figures_are_compared_with_the_result_before(tmp_path, capsys) -> None:
    project = make(tmp_path, commits=11)
    for number in range(10):
        project.measure(number)
    project.measure(10, times({"latency.Counted.track_calls": 1.02}))
    assert main(["check", "--config", str(project.config), "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["change"] == pytest.approx(0.02)


def test_a_history_holds_one_version_of_a_benchmark(tmp_path, capsys) -> None:
    project = make(tmp_path, commits=12)
    for number in range(12):  # a new protocol, in which everything takes longer
        is_new = number >= 10
        project.measure(number, times({P50: 1.4 if is_new else 1.0}), version=str(1 + is_new))
    assert main(["check", "--config", str(project.config), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (row,) = [each for each in report["rows"] if each["benchmark"] == P50]
    assert (row["verdict"], row["reason"]) == ("same", "")


def test_an_invalid_run_enters_no_level(tmp_path, capsys) -> None:
    project = make(tmp_path, commits=22)
    dice = random.Random(5)
    for number in range(21):
        project.measure(number, times({P50: 1.0 if number % 2 else dice.uniform(0.5, 2.0)}))
        if number % 2 == 0:
            stem = project.stem(number)
            stem.with_name(f"{stem.name}.validity.txt").write_text("invalid: noise\n")
    project.measure(20)
    project.measure(21, times({P50: 1.5}))
    project.stem(20).with_name(f"{project.stem(20).name}.validity.txt").unlink()
    assert main(["check", "--config", str(project.config), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (found,) = report["findings"]
    assert found["benchmark"] == P50 and found["reason"] == "level of the 11 results before"
    assert report["notes"] == ["judged against a history of 11 results"]


def test_a_result_without_the_floor_is_not_put_over_something_else(tmp_path, capsys) -> None:
    project = make(tmp_path, commits=22)
    for number in range(22):  # without its floor a row would be over the control, a tenth of it
        change = times({P50: 1.5}) if number == 21 else None
        lost = lambda n, i, usual: None if n == P50 and i else usual  # noqa: E731
        project.measure(number, lost if number % 2 and number < 20 else change)
    assert main(["check", "--config", str(project.config), "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["benchmark"] == P50 and found["reason"] == "level of the 11 results before"
