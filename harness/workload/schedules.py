"""Arrival schedules: when each request of a load is meant to start, in seconds from its begin.

Open loop: a schedule does not wait for replies. All are deterministic; `poisson` is seeded.
"""

from __future__ import annotations

import random
from itertools import accumulate, takewhile


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} must be a positive number, not {value}")


def constant(rate: float, duration: float) -> list[float]:
    """`rate` requests a second for `duration` seconds, evenly spaced from 0."""
    _positive(rate=rate, duration=duration)
    return [i / rate for i in range(round(rate * duration))]


def ramp_up(rate: float, duration: float) -> list[float]:
    """From rest to `rate` requests a second, growing linearly; rate * duration / 2 in all.

    Request i is due when the area under the rate reaches i: t = sqrt(2 i duration / rate).
    """
    _positive(rate=rate, duration=duration)
    return [(2 * i * duration / rate) ** 0.5 for i in range(round(rate * duration / 2))]


def step(rates: list[float], duration: float) -> list[float]:
    """Each of `rates` (requests a second) in turn, for equal parts of `duration` seconds."""
    if not rates:
        raise ValueError("step needs at least one rate")
    part = duration / len(rates)
    return [i * part + due for i, rate in enumerate(rates) for due in constant(rate, part)]


def spike(rate: float, peak: float, duration: float) -> list[float]:
    """`rate` requests a second, but `peak` during the middle fifth of `duration` seconds."""
    part = duration / 5
    before, middle, after = constant(rate, 2 * part), constant(peak, part), constant(rate, 2 * part)
    return [*before, *(2 * part + due for due in middle), *(3 * part + due for due in after)]


def poisson(rate: float, duration: float, seed: int = 0) -> list[float]:
    """Independent arrivals at `rate` requests a second on average (exponential gaps), seeded."""
    _positive(rate=rate, duration=duration)
    rng = random.Random(seed)
    gaps = (rng.expovariate(rate) for _ in range(10 * round(rate * duration) + 100))
    return list(takewhile(lambda due: due < duration, accumulate(gaps)))


SHAPES = {
    "constant": constant(50, 2),
    "ramp_up": ramp_up(100, 2),
    "spike": spike(25, 150, 2),
    "step": step([25, 50, 100], 1.5),
}
"""Standard loads of 75 to 100 requests, for benchmarks."""
