"""Whether a figure drifts over the minutes of a soak, with an interval of how much.

Two kinds of series, two ways. A latency is made anew by each request: the slope of its levels is
taken, by ranks, as a few slow minutes are no drift. What a process holds it still holds a minute
later: its rises are judged, as `harness leaks` does (see `readings.slope`).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.instruments.leaks import readings
from harness.instruments.leaks.readings import GROWS, LEVEL, UNCLEAR, Slope

FALLS = "falls"

FEWEST = 8
"""Minutes below which nothing is said of a latency."""

BLOCKS = 16
"""So many medians of neighbouring minutes are compared: a minute resembles the one before, and an
interval that takes them for independent is too narrow."""

SETTLING = 0.1
"""The share of the minutes, at the begin, in which caches fill: they are left out."""

SHARE = 0.01
"""The least change over the whole time that is called a drift, as a share of the median."""

WIDE = 0.25
"""The same share of what the interval may hold where no drift is said to be sure."""


@dataclass(frozen=True)
class Drift:
    """What a series does. change: over `seconds`, in its unit; None where there are too few."""

    kind: str
    reason: str = ""
    median: float | None = None
    change: Slope | None = None
    seconds: float = 0.0


def of_levels(values: Sequence[float], minute: float) -> Drift:
    """Of one value for each `minute` seconds: whether the 99 % interval of its slope lies off 0."""
    settled = values[math.ceil(SETTLING * len(values)) :]
    if len(settled) < FEWEST:
        return Drift(UNCLEAR, f"{len(settled)} minutes, {FEWEST} are needed")
    size = math.ceil(len(settled) / BLOCKS)
    blocks = [statistics.median(settled[i : i + size]) for i in range(0, len(settled), size)]
    found, seconds = _theil_sen(blocks), minute * len(settled)
    change, median = _times(found, len(settled) / size), statistics.median(settled)
    kind, reason = GROWS if found.low > 0 else FALLS if found.high < 0 else LEVEL, ""
    if abs(change.estimate) < SHARE * median:
        kind = LEVEL
    if kind == LEVEL and max(-change.low, change.high) > WIDE * median:
        kind, reason = UNCLEAR, "it may drift, the minutes differ too much to tell"
    return Drift(kind, reason, median, change, seconds)


def of_holdings(values: Sequence[float], minute: float, least: float) -> Drift:
    """Of what one process held at the end of each minute. least: the change that matters, if that
    is more than SHARE of the median."""
    settled = values[math.ceil(SETTLING * len(values)) :]
    if len(settled) < readings.FEWEST:
        return Drift(UNCLEAR, f"{len(settled)} minutes, {readings.FEWEST} are needed")
    count, median = len(settled) - 1, statistics.median(settled)
    found = readings.judge(settled, 1, max(least, SHARE * median) / count)
    change = None if found.whole is None else _times(found.whole, count)
    return Drift(found.kind, found.reason, median, change, minute * count)


def _times(slope: Slope, steps: float) -> Slope:
    return Slope(slope.estimate * steps, slope.low * steps, slope.high * steps)


def _theil_sen(values: Sequence[float]) -> Slope:
    """Median of the slopes of all pairs of values, one step apart, with its 99 % interval (Sen
    1968). values: at least three."""
    from scipy.stats import theilslopes  # when it is asked for, like all of scipy

    found = theilslopes(values, alpha=0.99)
    return Slope(float(found.slope), float(found.low_slope), float(found.high_slope))
