"""Arrival schedules as properties: in order, within their time, as many as the rate says."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.workload import schedules

rates = st.floats(1, 300)
durations = st.floats(0.5, 5)
made = st.one_of(
    st.builds(lambda r, d: (schedules.constant(r, d), d, r * d, 1), rates, durations),
    st.builds(lambda r, d: (schedules.ramp_up(r, d), d, r * d / 2, 1), rates, durations),
    st.builds(
        lambda r, p, d: (schedules.spike(r, p, d), d, (4 * r + p) * d / 5, 3),
        rates,
        rates,
        durations,
    ),
    st.builds(
        lambda rs, d: (schedules.step(rs, d), d, sum(rs) * d / len(rs), len(rs)),
        st.lists(rates, min_size=1, max_size=4),
        durations,
    ),
)


@given(made)
def test_every_shape_is_in_order_within_its_time_and_as_many_as_its_rates_say(case):
    due, duration, expected, parts = case
    assert due == sorted(due)
    assert all(0 <= moment < duration for moment in due)
    assert abs(len(due) - expected) <= 0.5 * parts + 1e-6


@given(st.integers(0, 10_000))
def test_poisson_gaps_are_exponential(seed):
    due = schedules.poisson(100, 20, seed)
    assert abs(len(due) - 2000) < 6 * 2000**0.5
    gaps = [later - before for before, later in zip([0.0, *due], due, strict=False)]
    short = sum(gap < 0.01 for gap in gaps) / len(gaps)  # 1 - 1/e of them
    assert short == pytest.approx(0.632, abs=0.08)
    assert due[0] == random.Random(seed).expovariate(100)


def test_a_long_poisson_schedule_takes_no_longer_than_its_arrivals():
    begin = time.perf_counter()
    assert abs(len(schedules.poisson(1000, 200)) - 200_000) < 3000
    assert time.perf_counter() - begin < 10
