"""Schedules that take no memory are the schedules of workload.schedules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.instruments.arrivals import endless
from harness.workload import schedules

DAY = 86_400.0
CASES = [
    ("constant", schedules.constant, {"rate": 7.0}),
    ("ramp-up", schedules.ramp_up, {"rate": 40.0}),
    ("spike", schedules.spike, {"rate": 5.0, "peak": 60.0}),
    ("step", schedules.step, {"rates": [3.0, 20.0, 10.0]}),
]


@pytest.mark.parametrize(("shape", "listed", "settings"), CASES)
def test_the_moments_of_a_shape(shape, listed, settings):
    made = endless.schedule(shape, 11.0, **settings)
    assert list(made) == listed(duration=11.0, **settings)
    assert len(made) == len(listed(duration=11.0, **settings)) and made[-1] == list(made)[-1]
    with pytest.raises(IndexError):
        made[len(made)]


@given(st.integers(0, 10), st.floats(0.5, 20), st.floats(60, 200))
def test_poisson_arrivals_ascend_and_are_the_same_again(seed, rate, duration):
    made = list(endless.schedule("poisson", duration, rate=rate, seed=seed))
    assert made == sorted(made) == list(endless.schedule("poisson", duration, rate=rate, seed=seed))
    assert all(0 <= due < duration for due in made)
    assert abs(len(made) - rate * duration) < 6 * (rate * duration) ** 0.5 + 1


def test_what_is_left_begins_where_it_stopped():
    whole = endless.schedule("spike", 60.0, rate=2.0, peak=10.0)
    rest = whole.since(30, 14.75)
    assert list(rest) == [max(0.0, due - 14.75) for due in list(whole)[30:]]
    assert list(rest[5:]) == list(rest)[5:] and len(rest) == len(whole) - 30


def test_a_day_is_there_at_once():
    made = endless.schedule("ramp-up", DAY, rate=2_000.0)
    assert len(made) == 86_400_000 and made[43_200_000] == pytest.approx(DAY / 2**0.5)


def test_a_rate_that_is_none():
    with pytest.raises(ValueError, match="a rate must be a positive number, not 0"):
        endless.schedule("step", 10.0, rates=[1.0, 0.0])
