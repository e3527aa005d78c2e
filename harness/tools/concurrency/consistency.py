"""Latency consistency: do requests that are alike take alike long when they come together?"""

from __future__ import annotations

import asyncio

from harness.common.numbers import number, quantity
from harness.common.stats import percentile
from harness.instruments import virtual_clock
from harness.instruments.arrivals import drivers
from harness.runtimes.base import Runtime
from harness.tools.concurrency.checks import LATENCY
from harness.tools.concurrency.report import REPORTED, Report, judged
from harness.workload.model import Model
from harness.workload.script import Constant, Script

TOLERANCE = 1.01
"""Slowest over fastest that is still alike on a virtual clock, which ticks in microseconds."""


def _spread(batch: drivers.Batch) -> tuple[float, str]:
    """Slowest over fastest run, and that in words with the interquartile range."""
    took = batch.latencies
    median = percentile(took, 50)
    quartiles = (percentile(took, 75) - percentile(took, 25)) / median
    ratio = max(took) / min(took)
    spread = quantity(quartiles, "share")
    return ratio, f"slowest over fastest {number(ratio)}, interquartile range {spread} of median"


def _failures(batch: drivers.Batch) -> list[str]:
    return [f"{type(error).__name__}: {error}" for error in batch.failures]


def _on_virtual_clock(runtime: Runtime, script: Script, count: int) -> drivers.Batch:
    agent = runtime.agent(Model(script))

    async def batch() -> drivers.Batch:
        clock = asyncio.get_running_loop().time
        return await drivers.aconcurrent(agent, script, range(count), clock=clock)

    return virtual_clock.run(batch())


def latency_consistency(runtime: Runtime, entry: str, count: int) -> Report:
    """`count` equal requests at once; their latencies on a virtual clock must be equal.

    Where waiting cannot be simulated (threads, or no virtual clock here) the spread of real time
    is reported, without a verdict: it is the machine's as much as the agent's.
    """
    script = Script(latency=Constant(LATENCY))
    check = "latency consistency"
    reason = "in real time"
    if entry == "asyncio":
        try:
            batch = _on_virtual_clock(runtime, script, count)
        except NotImplementedError as error:
            reason = f"in real time, because {error}"
        else:
            if failures := _failures(batch):
                return judged(check, entry, count, count, failures)
            ratio, text = _spread(batch)
            wrong = [text] if ratio > TOLERANCE else []
            return judged(check, entry, count, count, wrong, f"{text}, on a virtual clock")
    batch = drivers.concurrent(runtime.agent(Model(script)), script, entry, range(count))
    if failures := _failures(batch):
        return judged(check, entry, count, count, failures)
    text = f"{_spread(batch)[1]}, {reason}"
    return Report(check, entry, count, count, 0, REPORTED, (text,))
