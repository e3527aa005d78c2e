"""Load on a served agent by generators that know only users: what is asked, at which rate."""

from __future__ import annotations

import json
from bisect import bisect_right
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


def rate_at(moment: float, due: Sequence[float], duration: float) -> float:
    """Requests a second at a moment of a schedule: by the gap between those before and after it."""
    if len(due) < 2:
        return len(due) / duration
    after = min(max(1, bisect_right(due, moment)), len(due) - 1)
    return 1 / (due[after] - due[after - 1])
