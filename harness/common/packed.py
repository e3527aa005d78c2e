"""Objects of ours as text, on their way between two processes of ours on one machine."""

from __future__ import annotations

import base64
import pickle
from typing import Any


def pack(value: object) -> str:
    """The text of an object; `unpack` makes it again wherever its class can be imported."""
    return base64.b64encode(pickle.dumps(value)).decode()


def unpack(text: str) -> Any:
    """The object of a text that a process of ours has packed; of nobody else's."""
    return pickle.loads(base64.b64decode(text))
