"""Shapes of load as rates over time: schedules for generators that know only users.

`workload.schedules` says when each request is due; here is the rate that those moments follow.
The area under it up to t is the number of requests due by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHAPES = ("constant", "ramp-up", "spike", "step")


@dataclass(frozen=True)
class Rates:
    """Requests a second over `duration` seconds; ValueError if the numbers make no shape.

    rate: of constant; reached by ramp-up; before and after a spike. peak: of a spike's middle
    fifth. steps: in turn, for equal parts of the duration.
    """

    shape: str
    duration: float
    rate: float = 10.0
    peak: float | None = None
    steps: Sequence[float] = ()

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"no shape {self.shape!r}; there are {', '.join(SHAPES)}")
        if self.shape == "spike" and self.peak is None:
            raise ValueError("a spike needs a peak, the rate of its middle fifth")
        if self.shape == "step" and not self.steps:
            raise ValueError("steps need rates, such as 10,20,40")
        for value in (self.duration, self.rate, self.peak or 1.0, *self.steps):
            if not 0 < value < float("inf"):
                raise ValueError(f"rates and durations are positive numbers, not {value:g}")

    def at(self, moment: float) -> float:
        """The rate `moment` seconds after the begin; 0 before and after."""
        part = moment / self.duration
        if not 0 <= part < 1:
            return 0.0
        if self.shape == "ramp-up":
            return self.rate * part
        if self.shape == "spike" and 0.4 <= part < 0.6:
            return float(self.peak or 0.0)
        if self.shape == "step":
            return self.steps[int(part * len(self.steps))]
        return self.rate
