"""Asking our own servers on this machine."""

from __future__ import annotations

import json
from typing import Any


def ask(url: str, method: str = "GET", timeout: float = 60.0) -> Any:
    """The JSON that a server of ours answers. It is asked directly, whatever proxies are set.

    Raises OSError if it does not answer within `timeout` seconds, ValueError for other answers.
    """
    # Imported here: it needs more of the standard library than every benchmark should pay for.
    from http.client import HTTPConnection

    host, _, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=timeout)
    try:
        connection.request(method, f"/{path}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
