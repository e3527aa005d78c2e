"""A model client that has a timer, as HTTP clients do that look after idle connections."""

import asyncio
import weakref

from harness.instruments.work import Forgetful
from harness.workload.script import Turn

FIRST_LOOK = 0.01
"""Seconds until a client looks first; then until twice as many, and so on."""


class Client(Forgetful):
    """A model with a timer from its first call on, which ends with it: it is held weakly.

    But a timer carries the context in which it was set: what a framework has in context variables
    then, and the client if that leads to it, stays for ever.
    """

    _looked_after = False

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        if not self._looked_after:
            self._looked_after = True
            _look_after(weakref.ref(self), FIRST_LOOK)
        return await super().acomplete(prompt, round)


def _look_after(client: "weakref.ref[Client]", pause: float) -> None:
    if client() is not None:
        asyncio.get_running_loop().call_later(pause, _look_after, client, 2 * pause)
