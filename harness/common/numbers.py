"""Numbers as people read them: three digits, a unit of the right size.

Standard library only, because what runs in a measured process prints, too (the decorators, and
`text()` of what an instrument found).
"""

import math

NONE = "n/a"
SCALES = {
    "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}
SUFFIXES = {
    **dict.fromkeys(("share", "of all runs", "of one core"), (100.0, " %")),
    "percent": (1.0, " %"),
    "per second": (1.0, "/s"),
    "times": (1.0, "x"),
}


def number(value: float | None) -> str:
    """A plain number: whole ones and thousands in full, others with three significant digits."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) >= 1000 or math.isclose(value, round(value), rel_tol=1e-12):
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(_three(value))))}f}"


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit.

    unit: "seconds" and "bytes" are scaled; "share", "of all runs" and "of one core" (0.01 is 1 %),
    "percent", "per second", "times"; any other is left to the heading.
    """
    if value is None or not math.isfinite(value):
        return NONE
    if unit in SUFFIXES:
        factor, suffix = SUFFIXES[unit]
        return number(factor * value) + suffix
    if unit not in SCALES or value == 0:
        return number(value)
    size, symbol = scale(value, unit)
    return f"{number(value / size)} {symbol}"


def change(relative: float | None) -> str:
    """A relative change in per cent with its sign; infinite is a change from 0."""
    if relative is None or math.isnan(relative):
        return NONE
    if math.isinf(relative):
        return "from 0"
    return f"{'+' if relative >= 0 else ''}{quantity(relative, 'share')}"


def scale(value: float, unit: str) -> tuple[float, str]:
    """The size in which a value is shown, and its symbol; unit: one of SCALES."""
    return next((each for each in SCALES[unit] if _three(value) >= each[0]), SCALES[unit][-1])


def _three(value: float) -> float:
    """The size of what is shown: 999.7 ms is 1.00 s."""
    return abs(float(f"{value:.3g}"))
