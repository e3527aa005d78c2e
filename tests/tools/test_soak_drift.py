"""Drift over the minutes of a soak: planted ones are found, and clean ones are not called one."""

import random

import pytest

from harness.tools.load.soak import drift


def noisy(count, rise=0.0, seed=0):
    """Levels of 100 with noise of 2, rising by so much over their time."""
    rng = random.Random(seed)
    return [100 + rise * place / count + rng.gauss(0, 2) for place in range(count)]


@pytest.mark.parametrize("count", [20, 60, 1440])
def test_a_planted_rise_of_levels_is_found_and_its_clean_twin_is_not(count):
    found, clean = drift.of_levels(noisy(count, 20.0), 60.0), drift.of_levels(noisy(count), 60.0)
    assert (found.kind, clean.kind) == ("grows", "level")
    assert found.change.low < 18.0 < found.change.high and found.change.low > 0  # of nine tenths
    assert clean.change.low < 0 < clean.change.high
    assert found.seconds == 60.0 * (count - count // 10)
    assert drift.of_levels(noisy(count, -20.0), 60.0).kind == "falls"


def test_few_slow_minutes_and_a_change_too_small_to_matter_are_no_drift():
    values = noisy(60)
    values[50:53] = [1000.0] * 3
    assert drift.of_levels(values, 60.0).kind == "level"
    assert drift.of_levels([100 + place / 100 for place in range(60)], 60.0).kind == "level"


def test_false_alarms_are_as_rare_as_the_interval_says():
    kinds = [drift.of_levels(noisy(60, seed=seed), 60.0).kind for seed in range(200)]
    assert sum(kind != "level" for kind in kinds) <= 6


def test_what_is_held_grows_if_it_goes_on_growing():
    leak, cache = [50e6 + 1e5 * n for n in range(60)], [50e6 + 1e6 * min(n, 20) for n in range(60)]
    found = drift.of_holdings(leak, 60.0, 1e6)
    assert found.kind == "grows" and found.change.low == pytest.approx(53 * 1e5)
    assert drift.of_holdings(cache, 60.0, 1e6).kind == "level"
    assert drift.of_holdings([7.0] * 60, 60.0, 1.0).kind == "level"
    assert drift.of_holdings([7.0 + n for n in range(60)], 60.0, 1.0).kind == "grows"


def test_too_few_minutes_say_nothing():
    assert drift.of_levels(noisy(8), 60.0).reason == "7 minutes, 8 are needed"
    assert drift.of_holdings([1.0] * 17, 60.0, 1.0).reason == "15 minutes, 16 are needed"
