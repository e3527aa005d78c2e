"""A served agent as a process of its own, which ends with the one that started it."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.common.children import Child, ChildFailed

START = 60.0
"""Seconds after which a server that has not started is given up."""

SERVER = "harness.tools.agent_server.serving:perform"

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Served:
    """A running server. what: its runtime and entry point, in words."""

    url: str
    what: str
    child: Child

    @property
    def pid(self) -> int:
        """Its process."""
        return self.child.pid

    def stats(self) -> dict[str, Any]:
        """What it did since it started or was cleared; see `tally.Tally.document`."""
        return self._ask("GET")

    def clear(self) -> dict[str, Any]:
        """Start to count anew."""
        return self._ask("DELETE")

    def _ask(self, method: str) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/stats", method=method)
        with _DIRECT.open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextlib.contextmanager
def served(python: str | None = None, **settings: object) -> Iterator[Served]:
    """Serve with the `serving.Settings` given, on this interpreter or another, and end it after.

    Raises ValueError, one line, if it does not start.
    """
    try:
        with Child(SERVER, settings, python=python, cwd=os.getcwd()) as child:
            what, url = child.read(START)
            yield Served(url, what, child)
            child.stop()
    except ChildFailed as error:
        raise ValueError(f"the agent server has not started: {error}") from None
