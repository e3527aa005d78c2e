"""Measures of what a timer keeps: the context in which it was set."""

import asyncio
import weakref
from collections.abc import AsyncGenerator

from harness.instruments.leaks.outliving import outlived
from harness.instruments.leaks.scenarios import Use, build, owned
from harness.instruments.memory import settle
from harness.instruments.work import Forgetful
from harness.measures import Figures, measure
from harness.runtimes.base import Runtime
from harness.workload.script import Script, Turn

PAUSE = 0.001


class _Client(Forgetful):
    """A model with a timer that ends soon after the model does: it is held weakly.

    Where the timer's context leads to the model, neither ever ends. Unlike the client of the
    scenario `client`, it sets one for streams, too, and its pauses do not grow, so that the count
    does not depend on how fast the runs are.
    """

    has_timer = False

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        self._set_timer()
        return await super().acomplete(prompt, round)

    async def astream(self, prompt: str, round: int = 0) -> AsyncGenerator[Turn, None]:
        self._set_timer()
        async for turn in super().astream(prompt, round):
            yield turn

    def _set_timer(self) -> None:
        if not self.has_timer:
            self.has_timer = True
            _look_after(weakref.ref(self))


def _look_after(client: "weakref.ref[_Client]") -> None:
    if client() is not None:
        asyncio.get_running_loop().call_later(PAUSE, _look_after, client)


@measure
def behind_timer(runtime: Runtime, entry: str) -> Figures:
    """Agents of 20 that are alive, built and run once each, with a client that has a timer.

    `entry` is asyncio.
    """

    async def use() -> object:
        settle()  # the timer of the last one ends, if it does: how fast all this is must not matter
        await asyncio.sleep(10 * PAUSE)
        client = _Client(Script(tool_rounds=1))
        parts = await build(Use(runtime, entry, client))
        if not client.has_timer:
            raise NotImplementedError("its model is not asked on the event loop")
        return parts

    return {"alive": float(outlived(use, owned(runtime)).alive)}
