"""Whether the event loop stands still while a tool runs that is a plain `def` and takes its time.

Some frameworks hand such a tool to a thread, others call it where they are. Neither is wrong, but
in the second case all other runs of the loop wait for it.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from harness.common.numbers import quantity
from harness.instruments.arrivals import drivers
from harness.instruments.work import check_requests
from harness.runtimes.base import Runtime
from harness.workload.model import Model
from harness.workload.script import Script, tool_result

CALLS = 5
LIMIT = 0.5
"""Seconds after which a loop that has not turned stands still; a busy machine lets it turn."""


@dataclass(frozen=True)
class PlainTool:
    """blocks: of `made` calls of a tool that waits for the loop to turn, at most `limit` seconds,
    those in which it did not."""

    made: int
    blocks: int
    limit: float = LIMIT

    def text(self) -> str:
        """What it means for who has such a tool."""
        if not self.blocks:
            return "a plain `def` tool does not block the event loop: it runs in a thread"
        return (
            f"a plain `def` tool blocks the event loop: in {self.blocks} of {self.made} calls it"
            f" did not turn for {quantity(self.limit, 'seconds')}: make what waits an `async def`,"
            " or call it by asyncio.to_thread"
        )


class _Knocking:
    """A plain tool that waits until the loop turns: a clock would blame a busy machine on it.

    unanswered: for each call so far, whether the loop stood still.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.unanswered: list[bool] = []

    def tool(self) -> Callable[[int], str]:
        """The tool, as an agent is given it."""

        def lookup(key: int) -> str:
            """The one tool, as a call that waits for the event loop."""
            turned = threading.Event()
            self._loop.call_soon_threadsafe(turned.set)
            self.unanswered.append(not turned.wait(LIMIT))
            return tool_result(key)

        return lookup


async def plain_tool(runtime: Runtime) -> PlainTool:
    """Runs with one call of the tool each, one after another; the first run does not count.

    Raises NotImplementedError for a runtime without an asyncio entry point, or whose tool is its
    adapter's own and so returns at once.
    """
    model = Model(Script(tool_rounds=1))
    knocking = _Knocking(asyncio.get_running_loop())
    model.tool = knocking.tool()
    batch = await drivers.asequential(runtime.agent(model), model.script, range(1 + CALLS))
    batch.ensure_ok()
    check_requests(model, 1 + CALLS)
    if len(knocking.unanswered) != 1 + CALLS:
        raise NotImplementedError("its adapter has a tool of its own, which cannot be slow")
    return PlainTool(CALLS, sum(knocking.unanswered[1:]))
