"""Rows of one value a side: what repeats to the digit is a count; less than noise is no finding."""

from __future__ import annotations

import dataclasses

import pytest
from check_simulation import row

from harness.check.judge import judge
from harness.check.slo import Settings, Thresholds

STRICT = Settings(Thresholds(absolutes=0.001))
CONTROL = row("controls.Controls.peakmem_noop", "absolutes", "bytes", [2e7], [2e7])


def verdict(name: str, base: float, head: float, repeats: bool = False) -> str:
    made = row(name, "absolutes", "bytes", [base], [head])
    return judge([dataclasses.replace(made, repeats=repeats), CONTROL], STRICT)[0].verdict


@pytest.mark.parametrize("change", [1.01, 1.029, 1 / 1.01, 1 / 1.029])
def test_the_peak_of_a_process_differs_by_some_per_cent_whatever_the_threshold(change) -> None:
    assert verdict("latency.Memory.peakmem_runs", 4e7, 4e7 * change) == "same"


@pytest.mark.parametrize(("change", "found"), [(1.04, "regression"), (0.96, "improvement")])
def test_beyond_that_it_is_a_finding(change, found) -> None:
    assert verdict("latency.Memory.peakmem_runs", 4e7, 4e7 * change) == found


def test_bytes_that_repeat_to_the_digit_are_judged_as_a_count() -> None:
    name = "latency.Counted.track_retained_bytes"
    assert verdict(name, 0.0, 512.0, repeats=True) == "regression"
    assert verdict(name, 1024.0, 512.0, repeats=True) == "improvement"
    assert verdict(name, 512.0, 512.0, repeats=True) == "same"
    assert verdict(name, 0.0, 512.0) == "no verdict"


def test_seconds_of_one_value_get_no_verdict() -> None:
    made = row("x.X.track_seconds", "absolutes", "seconds", [1.0], [2.0])
    control = row("controls.Controls.time_arithmetic", "absolutes", "seconds", [1.0], [1.0])
    found = judge([made, control], STRICT)[0]
    assert (found.verdict, found.reason) == ("no verdict", "one value a side")
