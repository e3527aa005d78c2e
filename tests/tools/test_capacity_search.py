"""The search for a capacity as a pure function: which rate is tried next, and what was found."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tools.load.capacity.search import (
    FACTOR,
    MOST,
    PRECISION,
    edge,
    following,
    tallies,
    width,
)

ROUNDED = 1.005
"""Rates are tried in three digits."""

RATES = st.floats(0.5, 20_000)


def searched(start, oracle, least=0.1, most=100_000.0):
    """All tries of a search; `oracle(rate)` gives each verdict."""
    tries = []
    while (rate := following(tries, start, least, most)) is not None:
        tries.append((rate, oracle(rate)))
        assert len(tries) < 200
    return tries


def few(start, capacity):
    """The tries that a search without mistakes may take: doublings, bisections, both edges."""
    return abs(math.log2(capacity / start)) + 2 + math.log2(math.log(FACTOR) / math.log(1.02)) + 3


@given(RATES, RATES)
def test_an_exact_oracle_is_bracketed_to_the_precision(start, capacity):
    tries = searched(start, lambda rate: rate <= capacity)
    at = edge(tallies(tries))
    assert at.met <= capacity < at.above <= PRECISION * at.met
    assert (at.low, at.high) == (at.met, at.above) and width(tries) <= PRECISION - 1 + 1e-9
    assert len(tries) <= few(start, capacity)
    assert all(
        tries.count((edge, verdict)) == 2 for edge, verdict in [(at.met, True), (at.above, False)]
    )


@given(RATES, RATES, st.floats(1.0, 1.5), st.randoms(use_true_random=False))
def test_whatever_a_noisy_zone_says_the_interval_is_not_beside_it(start, capacity, wide, rng):
    least, most = capacity / wide, capacity * wide

    def oracle(rate):
        return rate < least or (rate <= most and rng.random() < 0.5)

    at = edge(tallies(searched(start, oracle)))
    assert at.met <= most and at.above >= least and at.met < at.above
    assert at.low <= at.met and at.above <= at.high
    assert at.above <= PRECISION * at.met


@given(
    st.lists(
        st.tuples(st.sampled_from([10.0, 20.0, 40.0, 28.3]), st.sampled_from([True, False, None]))
    )
)
def test_an_interval_holds_whatever_the_tries_are(tries):
    at = edge(tallies(tries))
    assert at.low is None or all(met is not False for rate, met in tries if rate <= at.low)
    assert at.high is None or all(met is not True for rate, met in tries if rate >= at.high)
    assert at.met is None or at.above is None or at.met < at.above


def test_wrong_verdicts_are_outvoted():
    """Where one verdict in twenty is wrong, at any rate, the truth is bracketed nearly always."""
    held = close = 0
    for seed in range(200):
        rng = random.Random(seed)
        capacity = rng.uniform(20, 500)
        tries = searched(10.0, lambda rate, c=capacity, r=rng: (rate <= c) != (r.random() < 0.05))
        at = edge(tallies(tries))
        held += (at.low or 0) <= capacity * ROUNDED and capacity <= ROUNDED * (at.high or math.inf)
        close += abs(at.met / capacity - 1) <= 0.05
    assert held >= 190 and close >= 190


def test_a_missed_start_is_searched_downwards():
    tries = searched(100.0, lambda rate: rate <= 7)
    assert [rate for rate, _ in tries[:5]] == [100, 50, 25, 12.5, 6.25]


def test_an_invalid_try_is_made_again_and_says_nothing_about_the_target():
    answers = iter([None, True, None, None, None])
    tries = [(10.0, next(answers))]
    assert following(tries, 10.0) == 10.0
    tries += [(10.0, True), *[(20.0, None)] * 3]
    found = tallies(tries)
    assert found[20.0].stands == "invalid" and edge(found).high is None
    assert 10 < following(tries, 10.0) < 20  # between what was met and what cannot be made


@pytest.mark.parametrize("met", [True, False])
def test_a_search_ends_where_no_further_rate_may_be_tried(met):
    tries = searched(10.0, lambda rate: met, least=1.0, most=100.0)
    at = edge(tallies(tries))
    assert (at.met, at.above) == ((80.0, None) if met else (None, 1.25))
    assert len(tries) == 4 and MOST >= 3
