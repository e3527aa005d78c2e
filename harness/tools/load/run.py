"""One load from beginning to end: a loop, an engine, a monitor."""

import asyncio
import contextlib
import platform
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import psutil

from harness.common.stats import percentile
from harness.instruments.arrivals.base import Call, Engine
from harness.instruments.arrivals.engine import engine_for
from harness.instruments.arrivals.plan import Plan
from harness.instruments.arrivals.records import Records
from harness.instruments.resources.monitor import Monitor
from harness.instruments.resources.tree import FIELDS, Row
from harness.model_server import loops
from harness.tools.load.model import Seen
from harness.tools.load.target import Target

T = TypeVar("T")

INTERVAL = 1.0
"""Seconds between samples of the process and the machine."""

_GRACE = 1.0  # seconds for tasks that a target left behind


class Sample(NamedTuple):
    """What the generator's process and the machine did until `moment`, seconds into the load.

    cpu: seconds of CPU time of the process since the first sample; machine: per cent of all cores
    since the sample before; rss: bytes of the process.
    """

    moment: float
    cpu: float
    machine: float
    rss: int


class Second(NamedTuple):
    """How a load stands, once a second: requests sent, and ended by kind; p95 of the last ones.

    p95: seconds, None where none succeeded; cpu: of the process, per cent of a core.
    """

    moment: float
    sent: int
    ended: dict[str, int]
    p95: float | None
    cpu: float


Tell = Callable[[Second], None]


@dataclass
class Outcome:
    """What a load left: its records, and samples of the process and the machine.

    cap: most requests that may be in flight, peak: that were; stopped_at: seconds in, if it was
    stopped before its time. python, event_loop: what made the load. model: what the target's model
    took, where a server beside the load has noted it.
    """

    plan: Plan
    records: Records
    samples: list[Sample] = field(default_factory=list)
    cap: int | None = None
    peak: int = 0
    stopped_at: float | None = None
    python: str = field(default_factory=platform.python_version)
    event_loop: str = "asyncio"
    model: Seen | None = None


Make = Callable[[Plan], Coroutine[Any, Any, Outcome]]
"""Makes one load, watched once a second, on a target that is open.

Ctrl-C ends arrivals, and asked again the waiting for replies, too: what was recorded till then is
the outcome. Raises NotImplementedError if the target has no such entry point.
"""


def run(target: Target, plan: Plan, tell: Tell | None = None) -> Outcome:
    """One load on a fresh event loop; see `Make`."""
    return opened(target, lambda make: make(plan), tell)


def opened(
    target: Target, work: Callable[[Make], Coroutine[Any, Any, T]], tell: Tell | None = None
) -> T:
    """What `work` returns, which makes loads on a target that is opened once, on one event loop."""

    async def all_of_it() -> T:
        async with target.open() as call:

            async def make(plan: Plan) -> Outcome:
                begin = time.monotonic()
                outcome = await _watched(call, plan, tell)
                outcome.model = target.seen(begin) if target.seen else None
                return outcome

            return await work(make)

    with event_loop() as loop:
        return loop.run_until_complete(all_of_it())


@contextlib.contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop whose end does not wait for tasks that will not be cancelled; asyncio.run would."""
    loop = loops.new()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_GRACE))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


async def _watched(call: Call, plan: Plan, tell: Tell | None) -> Outcome:
    samples: list[Sample] = []
    running = True
    engine = engine_for(call, plan)

    def add(row: Row) -> None:
        now = dict(zip(FIELDS, row, strict=True))
        cpu, rss = now["cpu_seconds"], int(now["rss"])
        samples.append(Sample(engine.elapsed(), cpu, psutil.cpu_percent(), rss))
        if tell is not None and running and len(samples) > 1:
            tell(_second(engine, now["cpu_percent"]))

    monitor = Monitor(interval=INTERVAL, children=False, tell=add)
    with stopped_by_hand(engine), monitor:
        try:
            await engine.run()
        finally:
            running = False
    limits = (engine.cap, engine.peak, engine.stopped_at)
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    return Outcome(plan, engine.records, samples, *limits, event_loop=loop)


def _second(engine: Engine, cpu: float) -> Second:
    records = engine.records
    recent = list(records.recent)
    records.recent.clear()
    p95 = percentile(recent, 95) if recent else None
    return Second(engine.elapsed(), len(records), dict(records.counts), p95, cpu)


@contextlib.contextmanager
def stopped_by_hand(engine: Engine) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the engine; where that cannot be set (threads), Python's own way."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    try:
        for each in signals:
            loop.add_signal_handler(each, engine.stop)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
