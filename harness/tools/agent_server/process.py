"""A served agent as a process of its own, which ends with the one that started it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.common import local
from harness.common.children import Child, ChildFailed

START = 60.0
"""Seconds after which a server that has not started is given up."""

SERVER = "harness.tools.agent_server.serving:perform"


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

    def stats(self, method: str = "GET") -> dict[str, Any]:
        """What it did since it started or was cleared; see `server.AgentServer.stats`."""
        found: dict[str, Any] = local.ask(f"{self.url}/stats", method)
        return found

    def clear(self) -> dict[str, Any]:
        """Start to count anew."""
        return self.stats("DELETE")


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
