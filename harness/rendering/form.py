"""How figures and tables look on the page: three digits, units that people use, Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

NONE = "n/a"
SCALES = {
    "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}


class Figure(Protocol):
    """One value in the benchmark's unit, and its 99 % interval, if it has one."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def number(value: float) -> str:
    """A plain number: whole ones in full, others with three significant digits."""
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return _three(value)


def quantity(value: float, unit: str) -> str:
    """A value with its unit; seconds and bytes are scaled, other units are left to the heading."""
    if unit not in SCALES or value == 0:
        return number(value)
    size, symbol = _scale(value, unit)
    return f"{_three(value / size)} {symbol}"


def figure(found: Figure | None, unit: str) -> str:
    """A figure with its interval on the same scale, or n/a."""
    if found is None:
        return NONE
    # asv extrapolates an interval from a few samples: below zero it is no statement.
    if found.low is None or found.low < 0 or found.high is None or unit not in SCALES:
        return quantity(found.value, unit)
    size, _ = _scale(found.value, unit)
    low, high = _three(found.low / size), _three(found.high / size)
    return f"{quantity(found.value, unit)} ({low} to {high})"


def times(found: Figure | None) -> str:
    """A ratio, such as a makespan over a critical path."""
    return NONE if found is None else f"{found.value:.2f}"


def percent(before: float, after: float) -> str:
    """The change in per cent, or what took the place of nothing."""
    if before == 0:
        return "was 0"
    change = 100 * (after - before) / before
    return f"{change:+.2f} %" if abs(change) < 1 else f"{change:+.1f} %"


def told(text: str, lines: Sequence[str]) -> list[str]:
    """A paragraph before the lines it explains; nothing where there are none."""
    return [text, "", *lines] if lines else []


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; none where there are no rows."""
    kept = list(rows)
    if not kept:
        return []
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in kept),
        "",
    ]


def _scale(value: float, unit: str) -> tuple[float, str]:
    fitting = (scale for scale in SCALES[unit] if abs(value) >= scale[0])
    return next(fitting, SCALES[unit][-1])


def _three(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
