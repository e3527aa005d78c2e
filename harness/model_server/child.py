"""The server in a process of its own, which `process.ModelServer` has started for it."""

from __future__ import annotations

import asyncio
from typing import Any

from harness.common import child
from harness.model_server import settings as written


def serve(**document: Any) -> None:
    """Report the port, and serve until the parent ends it."""
    try:
        from harness.model_server import loops, server
    except ImportError as error:
        raise NotImplementedError(f"it needs {error.name}") from None

    async def until_ended() -> None:
        listening = await server.Server(written.from_json(document)).listen(0)
        child.tell(listening.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    loops.run(until_ended())
