"""The half of a soak that makes it: a load on a target, whose minutes are written as they end."""

import argparse
import asyncio
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from harness.instruments.arrivals import board, endless, shapes
from harness.instruments.arrivals.base import Call, Clock, Engine
from harness.instruments.arrivals.board import Slot
from harness.instruments.arrivals.engine import engine_for, is_async
from harness.instruments.arrivals.plan import Closed, Open, Plan
from harness.instruments.arrivals.streamed import Streamed
from harness.tools.load import judge
from harness.tools.load.run import event_loop, stopped_by_hand
from harness.tools.load.soak.folder import Folder, is_over
from harness.tools.load.soak.minutes import STOPPED, WHOLE, line, made
from harness.tools.load.target import Target

Tell = Callable[[str], object]
Held = Callable[[], dict[str, float]]

_LOOKS = 10
"""Looks at the clock in a minute, and at least one a second."""

_ELSEWHERE = ("run", "formats", "beside", "json", "csv", "hdr", "html", "soak_in", "python")


def settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What of a command line says which load it is."""
    given = {name: value for name, value in vars(arguments).items() if name not in _ELSEWHERE}
    given["slo"] = [f"{slo.name}={slo.limit:g}" for slo in arguments.slo]
    return given


def shape(arguments: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    """The whole soak as a plan that takes no memory, and its shape in words. Raises ValueError."""
    if arguments.users is not None:
        return shapes.plan(arguments)
    name, settings = shapes.described(arguments)
    due = endless.schedule(name, arguments.duration, **settings)
    plan = Plan(Open(due, arguments.duration), arguments.timeout, arguments.cap, arguments.drain)
    return plan, shapes.worded(name, settings)


def make(target: Target, arguments: argparse.Namespace, tell: Tell) -> None:
    """Make what is left of a soak. tell: called with a line for each minute.

    Ctrl-C and SIGTERM end it as they end any load; the same arguments continue it. Raises
    ValueError, one line, where the folder cannot be used, NotImplementedError as `run.run`.
    """
    plan, _ = shape(arguments)
    with closing(Folder(Path(arguments.soak_in), settings(arguments))) as folder:
        if (rest := rest_of(plan, folder)) is not None:
            with event_loop() as loop:
                loop.run_until_complete(watched(target, rest, folder, arguments, tell))


def rest_of(plan: Plan, folder: Folder) -> Plan | None:
    """What is still to be sent; None if nothing is."""
    arrivals, left = plan.arrivals, plan.arrivals.duration - folder.position
    if is_over(plan, folder.position, folder.requests):
        return None
    if isinstance(arrivals, Closed):
        return replace(plan, arrivals=replace(arrivals, duration=left))
    assert isinstance(arrivals.due, endless.Endless)
    due = arrivals.due.since(folder.requests, folder.position)
    return replace(plan, arrivals=Open(due, max(left, due[-1])))


def _numbered(call: Call, first: int) -> Call:
    """A call whose requests go on from `first`."""
    if not first:
        return call

    async def acall(request: int) -> Any:
        return await call(first + request)

    return acall if is_async(call) else lambda request: call(first + request)


async def watched(
    target: Target,
    rest: Plan,
    folder: Folder,
    arguments: argparse.Namespace,
    tell: Tell,
    clock: Clock = time.perf_counter,
) -> None:
    """Make `rest`, and a row in the folder of each of its minutes."""
    async with target.open() as call:
        begin, end, minute = folder.position, arguments.duration, arguments.soak_minute
        within = judge.tightest(arguments.slo)
        records = Streamed(folder.board, folder.count + 1, begin, end, minute, within)
        engine = engine_for(_numbered(call, folder.requests), rest, clock, records)
        writer = _Writer(folder, tell, target.held)
        watch = asyncio.ensure_future(_watch(engine, records, writer, minute))
        watch.add_done_callback(lambda task: _end(engine, task))
        try:
            with stopped_by_hand(engine):
                await engine.run()
        except NotImplementedError:
            writer.drop()
            raise
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
        stopped = engine.stopped_at
        await writer.last(records, end if stopped is None else begin + stopped, stopped is None)


def _end(engine: Engine, task: "asyncio.Task[None]") -> None:
    """A minute that cannot be written ends the load."""
    if not task.cancelled() and task.exception():
        engine.stop()
        engine.stop()


async def _watch(engine: Engine, records: Streamed, writer: "_Writer", minute: float) -> None:
    while True:
        await asyncio.sleep(min(1.0, minute / _LOOKS))
        if slot := records.tick(engine.elapsed()):
            await writer.write(slot, WHOLE)


class _Writer:
    """Makes rows of slots, with what this process used in that minute, and what an agent holds."""

    def __init__(self, folder: Folder, tell: Tell, held: Held | None) -> None:
        self._folder, self._tell, self._held = folder, tell, held
        self._process = psutil.Process()
        self._cpu = time.process_time()
        psutil.cpu_percent()  # the first one only begins to count

    async def write(self, slot: Slot, state: str, position: float | None = None) -> None:
        """Write a minute, tell of it, and free the slot."""
        agent = await asyncio.to_thread(self._held) if self._held else {}
        before, self._cpu = self._cpu, time.process_time()
        used = {
            "rss": self._process.memory_info().rss,
            "threads": self._process.num_threads(),
            "descriptors": self._process.num_fds(),
            "cpu": self._cpu - before,
            "machine": psutil.cpu_percent(),
            **agent,
        }
        minute = made(slot, self._folder.board.names, state, used, position)
        self._folder.add(minute)
        slot.whole[board.NUMBER] = 0
        self._tell(line(minute))

    def drop(self) -> None:
        """Leave out what was counted: there was no load."""
        for slot in self._folder.board.slots:
            slot.whole[board.NUMBER] = 0

    async def last(self, records: Streamed, position: float, is_whole: bool) -> None:
        """Write what is left when the load has ended, so far into the soak."""
        if slot := records.tick(0.0):
            await self.write(slot, WHOLE)
        await self.write(records.last(), WHOLE if is_whole else STOPPED, position)
