"""Whether the event loop stands still while a tool runs that is a plain `def` and takes its time.

Some frameworks hand such a tool to a thread, others call it where they are. Neither is wrong, but
in the second case all other runs of the loop wait for it.
"""

import statistics
from dataclasses import dataclass

from harness.common.numbers import quantity
from harness.instruments.arrivals import drivers
from harness.instruments.event_loop.heartbeat import Heartbeat
from harness.instruments.work import check_requests
from harness.runtimes.base import Runtime
from harness.workload.model import Model
from harness.workload.script import Script

SECONDS, CALLS = 0.05, 5


@dataclass(frozen=True)
class PlainTool:
    """blocks: of `made` calls of a tool that sleeps for `tool_seconds`, those in which the loop
    stood still; blocked_seconds: for how long, the median of all calls."""

    made: int
    blocks: int
    tool_seconds: float
    blocked_seconds: float

    def text(self) -> str:
        """What it means for who has such a tool."""
        tool = f"a plain `def` tool of {quantity(self.tool_seconds, 'seconds')}"
        if not self.blocked_seconds:
            return f"{tool} does not block the event loop: it runs in a thread"
        took = quantity(self.blocked_seconds, "seconds")
        return (
            f"{tool} blocked the event loop for {took} ({self.blocks} of {self.made} calls):"
            " make what waits an `async def`, or call it by asyncio.to_thread"
        )


async def plain_tool(runtime: Runtime) -> PlainTool:
    """Runs with one call of the tool each, one after another, under a heartbeat; the first run,
    which may import, does not count.

    Raises NotImplementedError for a runtime without an asyncio entry point, or whose tool is its
    adapter's own and so returns at once.
    """
    model = Model(Script(tool_rounds=1, tool_seconds=SECONDS))
    agent = runtime.agent(model)
    stood = []
    for request in range(1 + CALLS):
        async with Heartbeat(0.001, SECONDS / 2) as heartbeat:
            batch = await drivers.asequential(agent, model.script, [request])
        if batch.ensure_ok().wall < SECONDS:
            raise NotImplementedError("its adapter has a tool of its own, which cannot be slow")
        stood.append(max((block.own for block in heartbeat.health.blocks), default=0.0))
    check_requests(model, 1 + CALLS)
    del stood[0]
    return PlainTool(CALLS, sum(map(bool, stood)), SECONDS, statistics.median(stood))
