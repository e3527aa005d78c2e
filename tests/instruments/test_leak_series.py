"""Whether a series of readings goes on growing: slopes, walks, noise, and the plan of a study."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.instruments.leaks.readings import (
    FEWEST,
    GROWS,
    LEVEL,
    THRESHOLDS,
    UNCLEAR,
    judge,
    slope,
)
from harness.instruments.leaks.study import Plan


def test_a_slope_is_the_mean_rise_with_the_interval_of_student():
    values = [0.0, 1.0, 4.0, 5.0, 8.0, 9.0, 12.0, 13.0]  # rises of 1 and 3: mean 13/7, t 3.707
    found = slope(values, step=2)
    assert found.estimate == pytest.approx(13 / 14)
    assert found.high - found.estimate == pytest.approx(0.749, abs=0.008)
    assert found.estimate - found.low == pytest.approx(found.high - found.estimate)


@given(st.integers(-1000, 1000), st.integers(-50, 50), st.integers(3, 40))
def test_a_straight_line_has_its_own_slope(start, rise, count):
    found = slope([start + rise * i for i in range(count)])
    assert (found.low, found.estimate, found.high) == pytest.approx((rise, rise, rise))


@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=25), st.integers(-100, 100))
def test_a_slope_moves_with_the_line_that_is_added(values, rise):
    before, after = slope(values), slope([v + rise * i for i, v in enumerate(values)])
    assert after.estimate == pytest.approx(before.estimate + rise)
    assert after.low <= after.estimate <= after.high


def test_series_are_judged_by_what_goes_on():
    rng = random.Random(5)
    noise = [rng.gauss(0, 10) for _ in range(40)]
    rising = [100 * i + e for i, e in enumerate(noise)]
    filling = [5000 * (1 - 0.96**i) for i in range(40)]
    full = [min(i, 15) * 1000.0 for i in range(40)]
    assert judge(rising, 1, 64).kind == GROWS
    assert judge(noise, 1, 64).kind == LEVEL
    assert judge(filling, 1, 20).kind == UNCLEAR
    assert judge(full, 1, 64).kind == LEVEL
    assert judge([0.0] * 30 + [9000.0] * 10, 1, 64).kind == LEVEL
    assert judge(rising[: FEWEST - 1], 1, 64).kind == UNCLEAR


def series_that_grow(make, count=1000):
    """How many of `count` series of 40 values are called growing, without any threshold."""
    rng = random.Random(11)
    return sum(judge(make(rng), 1, 0.0).kind == GROWS for _ in range(count))


def walk(step):
    return lambda rng: list(itertools.accumulate(step(rng) for _ in range(40)))


def test_noise_without_a_trend_is_never_called_growth():
    assert series_that_grow(lambda rng: [rng.gauss(0, 1) for _ in range(40)]) == 0


@pytest.mark.parametrize(
    "step",
    [
        lambda rng: rng.gauss(0, 1),
        lambda rng: rng.choice((-64, 64)),
        lambda rng: rng.choice((-1000, 0, 0, 0, 0, 1000)),
        lambda rng: rng.uniform(-1, 1) ** 5,
    ],
)
def test_a_walk_to_nowhere_is_called_growth_once_in_a_hundred_at_most(step):
    assert series_that_grow(walk(step)) <= 10


def test_a_leak_on_a_walk_is_found():
    assert series_that_grow(walk(lambda rng: rng.gauss(1, 0.8)), 100) >= 95


@given(st.integers(10, 5000))
def test_a_plan_takes_just_the_runs_it_was_given(iterations):
    plan = Plan.of(iterations)
    assert plan.warm + plan.readings * plan.step + plan.cycles + plan.explain == iterations
    assert plan.warm >= iterations // 5 and plan.readings <= 40
    assert plan.readings >= FEWEST or iterations < 50


def test_every_series_has_a_threshold():
    assert set(THRESHOLDS) >= {"memory", "threads", "descriptors", "tasks", "survivors"}
