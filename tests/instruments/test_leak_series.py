"""Whether a series of readings goes on growing: slopes, walks, noise, and the plan of a study."""

import functools
import itertools
import math
import random
from collections import Counter

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


def verdicts(make, step=10, count=500):
    """How many of `count` series of 40 readings, `step` runs apart, are called what."""
    rng = random.Random(11)
    return Counter(judge(make(rng), step, THRESHOLDS["memory"]).kind for _ in range(count))


def walk(step):
    return lambda rng: list(itertools.accumulate(step(rng) for _ in range(40)))


def noisy(rng, level):
    """Readings of so many bytes, each some 30 bytes off."""
    return [value + rng.gauss(0, 30) for value in level]


def returns(rng):
    """What is half forgotten from one reading to the next."""
    values = [0.0]
    while len(values) < 40:
        values.append(0.9 * values[-1] + rng.gauss(0, 2000))
    return values


def jumps(rng, times=1):
    at = [rng.randrange(1, 40) for _ in range(times)]
    return noisy(rng, [50_000 * sum(i >= each for each in at) for i in range(40)])


def saturates(rng):
    slow, size = rng.uniform(3, 40), rng.uniform(10_000, 100_000)
    return noisy(rng, [size * (1 - math.exp(-i / slow)) for i in range(40)])


def fills(rng):
    """A cache that is full before the last few readings."""
    full, each = rng.uniform(1, 36), rng.uniform(1000, 20_000)
    return noisy(rng, [each * min(i, full) for i in range(40)])


def sawtooth(rng):
    period, each = rng.uniform(2, 38), rng.uniform(1000, 20_000)
    begin = rng.uniform(0, period)
    return noisy(rng, [each * ((i + begin) % period) for i in range(40)])


def fades(rng):
    """Growth per run that falls from 108 bytes to 4 over 1,000 runs, and more of the kind."""
    scale, pace = rng.uniform(0.5, 3), 4 / 108
    rises = [10 * scale * 108 * pace ** ((100 + 10 * i) / 1000) for i in range(40)]
    return noisy(rng, itertools.accumulate(rises))


NO_LEAKS = {
    "noise": lambda rng: [rng.gauss(0, 20_000) for _ in range(40)],
    "small walk": walk(lambda rng: rng.gauss(0, 200)),
    "large walk": walk(lambda rng: rng.gauss(0, 20_000)),
    "walk of even steps": walk(lambda rng: rng.choice((-4096, 4096))),
    "walk of rare steps": walk(lambda rng: rng.choice((-10_000, 0, 0, 0, 0, 10_000))),
    "walk of wild steps": walk(lambda rng: 20_000 * rng.uniform(-1, 1) ** 5),
    "what returns": returns,
    "one jump": jumps,
    "two jumps": functools.partial(jumps, times=2),
    "saturating": saturates,
    "filling": fills,
    "sawtooth": sawtooth,
    "fading": fades,
}


@pytest.mark.parametrize("kind", NO_LEAKS)
def test_what_is_no_leak_is_called_growth_once_in_a_hundred_at_most(kind):
    assert verdicts(NO_LEAKS[kind])[GROWS] <= 5


@pytest.mark.parametrize(("kept", "noise"), [(100, 100), (200, 500), (1024, 3000), (10_240, 9000)])
def test_a_leak_is_found_in_noise(kept, noise):
    leaks = walk(lambda rng: 10 * kept + rng.gauss(0, noise))
    assert verdicts(leaks)[GROWS] >= 490


def test_a_leak_of_a_kilobyte_is_found_in_a_quick_look():
    leaks = walk(lambda rng: 2 * 1024 + rng.gauss(0, 900))
    assert verdicts(leaks, step=2)[GROWS] >= 490


def test_a_leak_that_is_the_same_to_the_byte_but_for_a_few_is_found():
    exact = [20_000 * i + min(i, 3) * 50 for i in range(40)]
    assert judge(exact, 10, 64).kind == GROWS


@given(st.integers(10, 5000))
def test_a_plan_takes_just_the_runs_it_was_given(iterations):
    plan = Plan.of(iterations)
    assert plan.warm + plan.readings * plan.step + plan.cycles + plan.explain == iterations
    assert plan.warm >= iterations // 5 and plan.readings <= 40
    assert plan.readings >= FEWEST or iterations < 50


def test_every_series_has_a_threshold():
    assert set(THRESHOLDS) >= {"memory", "threads", "descriptors", "tasks", "survivors"}
