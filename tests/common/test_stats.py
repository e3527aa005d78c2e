"""Statistics of samples."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.common.stats import median_ratio, percentile

numbers = st.floats(-1e6, 1e6)


@given(st.lists(numbers, min_size=2, max_size=60), st.integers(1, 99))
def test_percentiles_agree_with_the_standard_library(samples, percent):
    expected = statistics.quantiles(samples, n=100, method="inclusive")[percent - 1]
    assert percentile(samples, percent) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(st.lists(numbers, min_size=1), st.floats(0, 100))
def test_percentiles_stay_within_the_samples(samples, percent):
    assert min(samples) - 1e-6 <= percentile(samples, percent) <= max(samples) + 1e-6


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_impossible_percentiles_are_refused(samples, percent):
    with pytest.raises(ValueError):
        percentile(samples, percent)


@given(st.floats(0.1, 10), st.lists(st.floats(0.5, 2), min_size=1))
def test_a_paired_ratio_does_not_feel_the_speed_of_the_machine(ratio, speeds):
    assert median_ratio([(ratio * s, s) for s in speeds]) == pytest.approx(ratio)


def test_pairs_without_a_denominator_are_left_out():
    assert median_ratio([(3.0, 0.0), (4.0, 2.0)]) == 2.0
    with pytest.raises(ValueError):
        median_ratio([(1.0, 0.0)])
