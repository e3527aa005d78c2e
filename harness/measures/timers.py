"""Measures of what a pending timer keeps: the context in which it was set."""

import asyncio

from harness.instruments.leaks.client import Client
from harness.instruments.leaks.outliving import outlived
from harness.instruments.leaks.scenarios import owned, repeated
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload.script import Script, Turn, prompt_of


class _Asked(Client):
    on_loop = False

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        self.on_loop = True
        return await super().acomplete(prompt, round)


@measure
def behind_timer(runtime: Runtime, entry: str) -> Figures:
    """Agents that are alive, of 20 whose client has a timer that ends when the client does.

    `entry` is asyncio.
    """
    client = _Asked(Script())
    asyncio.run(runtime.agent(client).arun(prompt_of(1)))
    if not client.on_loop:
        raise NotImplementedError("its model is not asked on the event loop")
    return {"alive": float(outlived(repeated(runtime, "client", entry), owned(runtime)).alive)}
