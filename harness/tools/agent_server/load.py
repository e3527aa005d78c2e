"""Load on a served agent by generators that know only users: what is asked, at which rate."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.workload.script import prompt_of

NUMBER = "NUMBER"
"""Stands for the request's number in `Exchange.template`."""


@dataclass(frozen=True)
class Exchange:
    """Where to post what (JSON, with NUMBER in it), and where in the answer the reply is."""

    path: str
    template: str
    reply: Callable[[Any], object]

    def body(self, number: int) -> str:
        """The JSON to post as request `number`."""
        return self.template.replace(NUMBER, str(number))


_PROMPT = prompt_of(0).replace("0", NUMBER)
_CHAT = {"model": "script", "messages": [{"role": "user", "content": _PROMPT}]}

EXCHANGES = {
    "agent": Exchange("/run", json.dumps({"prompt": _PROMPT}), lambda answer: answer["reply"]),
    "model": Exchange(
        "/v1/chat/completions",
        json.dumps(_CHAT),
        lambda answer: answer["choices"][0]["message"]["content"],
    ),
}

SHAPES = ("constant", "ramp-up", "spike", "step")


@dataclass(frozen=True)
class Rates:
    """Requests a second over `duration` seconds; ValueError if the numbers make no shape.

    `workload.schedules` says when each request is due; here is the rate that those moments follow.

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
