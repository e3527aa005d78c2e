"""Shares of a change: what the framework, what its dependencies, what only both together made."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check.attribution import Blamed, Row, Square

COUNTS = st.integers(0, 10**6).map(float)
CHANGES = st.integers(-(10**5), 10**5).map(float)


def row(square: Square, beside: str = "", by: tuple[tuple[str, float], ...] = ()) -> Row:
    """A row as it is kept."""
    own, others, together = square.shares()
    return Row(
        label="latency.Counted.track_calls",
        unit="calls",
        old=square.old,
        new=square.new,
        new_framework=square.framework,
        new_dependencies=square.dependencies,
        framework=own,
        dependencies=others,
        together=together,
        beside=beside,
        by=[Blamed([name], share) for name, share in by],
    )


@given(COUNTS, CHANGES, CHANGES, CHANGES)
def test_shares_add_up_and_are_what_was_put_in(
    old: float, own: float, others: float, both: float
) -> None:
    whole = own + others + both
    if whole == 0:
        return
    found = Square(old, old + own, old + others, old + whole).shares()
    wanted = (own / whole, others / whole, both / whole)
    for share, true in zip(found, wanted, strict=True):
        assert share is not None and math.isclose(share, true, rel_tol=1e-9, abs_tol=1e-6)


@given(COUNTS, CHANGES, CHANGES, CHANGES)
def test_the_two_orders_differ_by_what_comes_of_both_together(
    old: float, own: float, others: float, both: float
) -> None:
    whole = own + others + both
    if whole == 0:
        return
    square = Square(old, old + own, old + others, old + whole)
    _, _, together = square.shares()
    framework_first, framework_last = own / whole, (square.new - (old + others)) / whole
    assert together is not None
    assert math.isclose(framework_last - framework_first, together, rel_tol=1e-9, abs_tol=1e-6)


@given(COUNTS, CHANGES, CHANGES, CHANGES, st.floats(0, 1), st.sampled_from(["old", "new"]))
def test_what_is_said_adds_up_to_the_whole(
    old: float, own: float, others: float, both: float, part: float, beside: str
) -> None:
    whole = own + others + both
    if whole == 0:
        return
    square = Square(old, old + own, old + others, old + whole)
    path = others / whole if beside == "old" else (others + both) / whole
    found = row(square, beside, (("parsing 1.0 → 2.0", part * path), ("more", (1 - part) * path)))
    said = sum(share for _, share in found.parts)
    assert math.isclose(said, 1, abs_tol=4 * 0.005 + 1e-6)


@pytest.mark.parametrize(
    ("square", "words"),
    [
        (Square(100, 100, 200, 200), "100 % of parsing 1.0 → 2.0"),
        (Square(100, 196, 104, 200), "96 % the framework's own, 4 % of parsing 1.0 → 2.0"),
        (
            Square(100, 150, 120, 200),
            "50 % the framework's own, 30 % only of both together, 20 % of parsing 1.0 → 2.0",
        ),
        (
            Square(100, None, 120, 200),
            "80 % the framework's own, or only of both together, 20 % of parsing 1.0 → 2.0",
        ),
        (Square(100, 190, None, 200), "90 % the framework's own, 10 % of dependencies, or only of"),
        (Square(100, None, None, 200), ""),
    ],
)
def test_whose_it_is_in_words(square: Square, words: str) -> None:
    share = square.shares()[1]
    by: Any = (("parsing 1.0 → 2.0", share),) if share else ()
    assert row(square, "old" if by else "", by).in_words.startswith(words)
