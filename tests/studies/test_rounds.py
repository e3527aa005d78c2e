"""Rounds in turn, intervals by order statistics, and changes that are told as they are."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.tuning.rounds import ENOUGH, change, enclosing, in_turn

positive = st.lists(st.floats(0.5, 2.0), min_size=8, max_size=20)


def test_sides_take_turns_and_the_warm_up_is_dropped():
    seen = []

    def side(name):
        return lambda: seen.append(name) or {"at": len(seen)}

    found = in_turn({name: side(name) for name in "abc"}, 3, warm_up=1)
    assert "".join(seen) == "cab" + "abc" + "bca" + "cab"
    assert found == {"a": {"at": [4, 9, 11]}, "b": {"at": [5, 7, 12]}, "c": {"at": [6, 8, 10]}}


@pytest.mark.parametrize(
    ("count", "left", "covers"),
    # Tables of the sign test, such as Conover's.
    [(5, 0, 0.9375), (6, 0, 0.969), (7, 0, 0.984), (9, 1, 0.961), (11, 1, 0.988), (15, 3, 0.965)],
)
def test_the_interval_has_the_coverage_that_it_says(count, left, covers):
    assert enclosing(count) == (left, pytest.approx(covers, abs=6e-4))
    draw = random.Random(0)
    hits = 0
    for _ in range(4000):
        values = sorted(draw.expovariate(1) for _ in range(count))
        hits += values[left] <= 0.6931 <= values[-1 - left]
    assert hits / 4000 == pytest.approx(covers, abs=0.015)


@given(positive, st.floats(0.01, 100))
def test_a_planted_ratio_is_found_and_named(before, factor):
    found = change(before, [value * factor for value in before])
    assert found.low <= found.ratio <= found.high
    assert found.ratio == pytest.approx(factor)
    if factor < 0.9:
        assert found.verdict.startswith("pays")
    if factor > 1.1:
        assert found.verdict.startswith("does not pay: ") and "more" in found.words


@given(positive, positive)
def test_the_interval_is_of_ratios_that_were_seen(before, after):
    pairs = list(zip(before, after, strict=False))
    found = change(*zip(*pairs, strict=True))
    ratios = [b / a for a, b in pairs]
    assert {found.low, found.high} <= set(ratios)
    assert found.ratio == statistics.median(ratios)


def test_words():
    same = [1.0] * 8
    assert change(same, same).verdict == "does not pay: no difference"
    assert change(same, [0.1] * 8).verdict == "pays: 10.0 times less"
    assert change(same, [0.98] * 8).verdict == "hardly pays: slightly less (2 %)"
    assert change(same, [1.3] * 8).verdict == "does not pay: more (30 %)"
    few = ENOUGH - 1
    assert change(same[:few], [0.1] * few).verdict == "too few rounds to tell"
    assert change(same, [0.8, 1.2] * 4).words == "no difference"
