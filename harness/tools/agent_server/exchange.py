"""What is said over HTTP to a served agent, and to an OpenAI-compatible model server."""

from __future__ import annotations

import json
from collections.abc import Callable
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
