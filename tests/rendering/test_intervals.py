"""The picture of a change: where things stand on its scale."""

from __future__ import annotations

import math
import re

from harness.rendering.intervals import HALF, MOST, interval, place


def drawn(change: float, low: float | None = None, high: float | None = None) -> tuple[str, str]:
    """Of a row with a threshold of 10 %: interval and point."""
    text = interval(change, low, high, 0.1)
    line, point = re.findall(r' d="([^"]*)"', text)
    return line, point


def test_the_threshold_is_at_one_place_and_each_doubling_is_a_step() -> None:
    assert place(0.0) == 0 and place(MOST) == HALF and place(-MOST) == -HALF
    assert place(1) == place(3) - place(1) == place(7) - place(3) == 10
    assert drawn(0.1) == ("", "M10,2v8") and drawn(-0.1) == ("", "M-10,2v8")


def test_an_interval_is_as_wide_as_its_ends_are_apart() -> None:
    assert drawn(0.3, 0.1, 0.7) == ("M10,6H30", "M20,2v8")
    assert drawn(0.0, -0.1, 0.1)[0] == "M-10,6H10"


def test_what_is_too_far_is_an_arrow_to_its_side() -> None:
    assert drawn(math.inf)[1] == "M56,2l4,4l-4,4"
    assert drawn(-100 * MOST)[1] == "M-56,2l-4,4l4,4"
    assert drawn(math.inf, 5.0, math.inf)[0].endswith(f"H{HALF}")
