"""Numbers as people read them."""

import math

import pytest

from harness.common.numbers import change, number, quantity


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"),
        (9.0, "9"),
        (1234567, "1,234,567"),
        (1234.56, "1,235"),
        (0.5, "0.500"),
        (17.25, "17.2"),
        (-0.01234, "-0.0123"),
        (29.000000000000004, "29"),  # 100 * 0.29
        (None, "n/a"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
    ],
)
def test_plain_numbers(value, told):
    assert number(value) == told


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0, "seconds", "0"),
        (3.2e-7, "seconds", "320 ns"),
        (0.02, "seconds", "20 ms"),
        (0.02004, "seconds", "20.0 ms"),
        (0.9997, "seconds", "1.00 s"),  # not 1,000 ms
        (12.34, "seconds", "12.3 s"),
        (104_857_600, "bytes", "105 MB"),
        (-2048, "bytes", "-2.05 kB"),
        (0.01, "share", "1 %"),
        (0.12345, "share", "12.3 %"),
        (80.0, "percent", "80 %"),
        (246.71, "per second", "247/s"),
        (17.5, "calls", "17.5"),
        (None, "seconds", "n/a"),
        (math.nan, "bytes", "n/a"),
    ],
)
def test_quantities(value, unit, told):
    assert quantity(value, unit) == told


def test_changes():
    assert [change(each) for each in (0.005, 0.21, -0.5, 0.0, 12.345)] == [
        "+0.500 %", "+21 %", "-50 %", "+0 %", "+1,234 %",
    ]  # fmt: skip
    assert change(math.inf) == "from 0"
    assert change(None) == change(math.nan) == "n/a"
