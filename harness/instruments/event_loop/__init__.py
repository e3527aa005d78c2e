"""Whether an event loop turns: how late it is, what blocked it, and which calls would.

    async with Heartbeat() as heartbeat:
        await work()
    print(heartbeat.health.text())

Importable in a measured process: nothing but the standard library.
"""

from harness.instruments.event_loop.blocking import BlockingCalls, Call
from harness.instruments.event_loop.health import Block, Health
from harness.instruments.event_loop.heartbeat import Heartbeat

__all__ = ["Block", "BlockingCalls", "Call", "Health", "Heartbeat"]
