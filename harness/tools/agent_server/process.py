"""A served agent as a process of its own, which ends with the one that started it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from harness.common.children import ChildFailed
from harness.common.local import LocalServer, ask

SERVER = "harness.tools.agent_server.serving:perform"


class Served(LocalServer):
    """A running server."""

    @property
    def what(self) -> str:
        """Its runtime and entry point, in words."""
        return str(self.report[0])

    @property
    def url(self) -> str:
        """Its base URL."""
        return str(self.report[1])

    def stats(self, method: str = "GET") -> dict[str, Any]:
        """What it did since it started or was cleared; see `server.AgentServer.stats`."""
        found: dict[str, Any] = ask(f"{self.url}/stats", method)
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
        with Served(SERVER, settings, python=python, cwd=os.getcwd()) as server:
            yield server
            server.child.stop()
    except ChildFailed as error:
        raise ValueError(f"the agent server has not started: {error}") from None
