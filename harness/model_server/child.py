"""The server in a process of its own, which `process.ModelServer` has started for it."""

from __future__ import annotations

from typing import Any

from harness.common import child
from harness.model_server import settings as written


def serve(**document: Any) -> None:
    """Report the port, and serve until the parent ends it."""
    try:
        from harness.model_server import server
    except ImportError as error:
        raise NotImplementedError(f"it needs {error.name}") from None
    server.serve(written.from_json(document), 0, child.tell)
