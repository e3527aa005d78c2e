"""Drivers: ways to put requests to an agent, one after another or when they are due.

Every driver takes an agent and its model's script, and returns a `Batch`. Latency is counted
from the moment a request was *meant* to start. Prompts are made before the clock starts and
replies checked after it has stopped.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from harness.instruments.arrivals.base import Call, Clock
from harness.instruments.arrivals.engine import Tasks, Threads
from harness.instruments.arrivals.kinds import WrongReply
from harness.instruments.arrivals.plan import Open, Plan
from harness.instruments.arrivals.records import Records
from harness.runtimes.base import Agent, RunFailed, Shipped
from harness.workload.script import Script, prompt_of, reply_of

T = TypeVar("T")

ENTRIES = ("threads", "asyncio")
"""How an agent is called: its synchronous entry point (in threads), or its asyncio one."""


@dataclass(frozen=True)
class Batch:
    """What one driver call saw. Lists have one entry per request, in order of request.

    latencies: seconds from intended start to end; injected: seconds of model latency within.
    failures: the exceptions of runs that failed (their latencies are kept, too).
    lateness: seconds from intended start to the call; it is part of the latency.
    wall, cpu: seconds of the whole batch; cpu is of the whole process.
    """

    latencies: Sequence[float]
    injected: Sequence[float]
    failures: Sequence[Exception]
    lateness: Sequence[float]
    wall: float
    cpu: float

    @property
    def added(self) -> list[float]:
        """Seconds per request beyond the injected model latency."""
        return [took - model for took, model in zip(self.latencies, self.injected, strict=True)]

    @property
    def error_rate(self) -> float:
        """Failed runs as a fraction of all."""
        return len(self.failures) / len(self.latencies)

    def ensure_ok(self) -> Self:
        """This batch, or the first failure raised: a failed run must not be timed as a fast one."""
        if self.failures:
            raise self.failures[0]
        return self


class _Runs:
    """Runs of an agent, made by their place among `requests`; results are kept to be checked."""

    def __init__(self, agent: Agent, script: Script, requests: Sequence[int]) -> None:
        self._agent, self._script, self._requests = agent, script, requests
        self._prompts = [prompt_of(request) for request in requests]
        self._results: list[str | Exception] = [""] * len(requests)

    def call(self, place: int) -> None:
        try:
            self._results[place] = self._agent.run(self._prompts[place])
        except Exception as error:
            self._results[place] = error

    async def acall(self, place: int) -> None:
        try:
            self._results[place] = await self._agent.arun(self._prompts[place])
        except Exception as error:
            self._results[place] = error

    def batch(self, records: Records, cpu: float) -> Batch:
        failures: list[Exception] = []
        for request, result in zip(self._requests, self._results, strict=True):
            if isinstance(result, NotImplementedError):
                if all(isinstance(other, Exception) for other in self._results):
                    raise result
                result = RunFailed(f"some runs cannot be made: {result}")
            if isinstance(result, Exception):
                failures.append(result)
            elif result != (reply := self._script.reply(request)):
                failures.append(WrongReply(f"expected {reply!r}, got {result!r}"))
        injected = [self._script.injected(request) for request in self._requests]
        return _batch(records, cpu, injected, failures)


def _plan(count: int, due: Sequence[float] | None) -> Plan:
    """`count` requests, when they are due or all at once, each of them with a place."""
    due = due or [0.0] * count
    return Plan(Open(due, due[-1]), drain=math.inf, cap=count, ready=count)


def arrivals(call: Call, due: Sequence[float], clock: Clock = time.perf_counter) -> Tasks:
    """The engine that calls an `async def` for each place in `due`, seconds in."""
    return Tasks(call, _plan(len(due), due), clock)


async def aconcurrent(
    agent: Agent,
    script: Script,
    requests: Sequence[int],
    due: Sequence[float] | None = None,
    clock: Clock = time.perf_counter,
) -> Batch:
    """Asyncio runs, the i-th meant to start `due[i]` seconds in (default: all at once).

    clock: seconds, of the same rate as the event loop's; a virtual loop brings its own.
    """
    runs = _Runs(agent, script, requests)
    engine = arrivals(runs.acall, due or [0.0] * len(requests), clock)
    await engine.run()
    return runs.batch(engine.records, engine.cpu)


def concurrent(
    agent: Agent,
    script: Script,
    entry: str,
    requests: Sequence[int],
    due: Sequence[float] | None = None,
) -> Batch:
    """The same through `entry`: on a fresh event loop, or with a thread for each request.

    Starting the threads is not counted.
    """
    if entry != "threads":
        return asyncio.run(aconcurrent(agent, script, requests, due))
    runs = _Runs(agent, script, requests)
    engine = Threads(runs.call, _plan(len(requests), due))
    engine.make()
    return runs.batch(engine.records, engine.cpu)


def burst(shipped: Shipped, count: int) -> Batch:
    """`count` calls at the same moment, a task or a thread for each; nothing is injected.

    Results are checked after the clock has stopped.
    """
    results: list[object] = [None] * count

    async def acall(place: int) -> None:
        assert shipped.acall
        try:
            results[place] = await shipped.acall()
        except Exception as error:
            results[place] = error

    def call(place: int) -> None:
        try:
            results[place] = shipped.call()
        except Exception as error:
            results[place] = error

    engine: Tasks | Threads
    if shipped.acall:
        engine = arrivals(acall, [0.0] * count, time.perf_counter)
        asyncio.run(engine.run())
    else:
        engine = Threads(call, _plan(count, None))
        engine.make()
    failures = [failure for each in results if (failure := _failure(shipped, each))]
    return _batch(engine.records, engine.cpu, [0.0] * count, failures)


def _failure(shipped: Shipped, result: object) -> Exception | None:
    if isinstance(result, Exception):
        return result
    try:
        shipped.check(result)
    except RunFailed as error:
        return error
    return None


def _batch(records: Records, cpu: float, injected: list[float], failures: list[Exception]) -> Batch:
    made = list(records)
    return Batch(
        latencies=[record.latency for record in made],
        injected=injected,
        failures=failures,
        lateness=[record.sent - record.due for record in made],
        wall=max(record.end for record in made),
        cpu=cpu,
    )


async def asequential(
    agent: Agent, script: Script, requests: Sequence[int], entry: str = "asyncio"
) -> Batch:
    """Runs one after another; through "threads" it never waits for the event loop."""
    runs, records, clock = _Runs(agent, script, requests), Records(len(requests)), time.perf_counter
    cpu, begin = time.process_time(), clock()
    for place in range(len(requests)):
        start = clock()
        if entry == "threads":
            runs.call(place)
        else:
            await runs.acall(place)
        end = clock()
        records.finish(records.send(start - begin, start - begin, 0.0), end - begin, "ok")
    return runs.batch(records, time.process_time() - cpu)


def one_by_one(agent: Agent, script: Script, entry: str, requests: Sequence[int]) -> Batch:
    """The same; asyncio runs on a fresh event loop."""
    runs = asequential(agent, script, requests, entry)
    return without_loop(runs) if entry == "threads" else asyncio.run(runs)


def without_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never waits for an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("it waits for an event loop")


Runs = Callable[[int | Iterable[object]], object]
"""`run(k)` makes k runs, or one for each of an iterable."""


def turns(runs: int | Iterable[object]) -> Iterable[object]:
    """What a batch iterates over."""
    return range(runs) if isinstance(runs, int) else runs


def repeat(
    agent: Agent,
    entry: str,
    on_loop: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run,
    more: str = "",
) -> Runs:
    """Checked runs of one request, with next to no cost of their own.

    on_loop: runs a coroutine; by default on a new event loop each time. more: ends the prompt.
    """
    prompt, reply = prompt_of(1) + more, reply_of(1)

    def run(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            if (got := agent.run(prompt)) != reply:
                raise WrongReply(f"expected {reply!r}, got {got!r}")

    async def arun(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            if (got := await agent.arun(prompt)) != reply:
                raise WrongReply(f"expected {reply!r}, got {got!r}")

    return run if entry == "threads" else lambda runs: on_loop(arun(runs))
