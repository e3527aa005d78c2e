"""Drivers: ways to put requests to an agent. They know nothing of asv or of frameworks.

Every driver takes an agent and its model's script, and returns a `Batch`. Latency is counted
from the moment the request was *meant* to start, so time spent queueing is never left out
(Tene, "coordinated omission"). Prompts are made before the clock starts and replies checked
after it has stopped.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.runtimes.base import Agent, RunFailed
from harness.workload.script import Script, prompt_of, reply_of

ENTRIES = ("threads", "asyncio")
"""How an agent is called: its synchronous entry point (in threads), or its asyncio one."""


class WrongReply(RunFailed):
    """A run returned something else than its own scripted reply."""


@dataclass(frozen=True)
class Batch:
    """What one driver call saw. Lists have one entry a request, in order of request.

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

    def ensure_ok(self) -> Batch:
        """This batch, or the first failure raised: a failed run must not be timed as a fast one."""
        if self.failures:
            raise self.failures[0]
        return self


Clock = Callable[[], float]


class _Log:
    """Starts, calls, ends and results by request; each request writes only its own slots."""

    def __init__(self, requests: Sequence[int], clock: Clock = time.perf_counter) -> None:
        self.requests = requests
        self.clock = clock
        self.prompts = [prompt_of(request) for request in requests]
        self.starts = [0.0] * len(requests)
        self.sent = [0.0] * len(requests)
        self.ends = [0.0] * len(requests)
        self.results: list[str | Exception] = [""] * len(requests)

    def call(self, agent: Agent, slot: int) -> None:
        self.sent[slot] = self.clock()
        try:
            self.results[slot] = agent.run(self.prompts[slot])
        except Exception as error:
            self.results[slot] = error
        self.ends[slot] = self.clock()

    async def acall(self, agent: Agent, slot: int) -> None:
        self.sent[slot] = self.clock()
        try:
            self.results[slot] = await agent.arun(self.prompts[slot])
        except Exception as error:
            self.results[slot] = error
        self.ends[slot] = self.clock()

    def batch(self, script: Script, wall: float, cpu: float) -> Batch:
        failures = []
        for request, result in zip(self.requests, self.results, strict=True):
            if isinstance(result, NotImplementedError):
                raise result
            if isinstance(result, Exception):
                failures.append(result)
            elif result != (reply := script.reply(request)):
                failures.append(
                    WrongReply(f"request {request}: expected {reply!r}, got {result!r}")
                )
        return Batch(
            latencies=[end - start for start, end in zip(self.starts, self.ends, strict=True)],
            injected=[script.injected(request) for request in self.requests],
            failures=failures,
            lateness=[sent - start for start, sent in zip(self.starts, self.sent, strict=True)],
            wall=wall,
            cpu=cpu,
        )


def sequential(agent: Agent, script: Script, requests: Sequence[int]) -> Batch:
    """Synchronous runs, one after another."""
    log = _Log(requests)
    cpu, begin = time.process_time(), time.perf_counter()
    for slot in range(len(requests)):
        log.starts[slot] = time.perf_counter()
        log.call(agent, slot)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return log.batch(script, wall, cpu)


async def asequential(agent: Agent, script: Script, requests: Sequence[int]) -> Batch:
    """Asyncio runs, one after another."""
    log = _Log(requests)
    cpu, begin = time.process_time(), time.perf_counter()
    for slot in range(len(requests)):
        log.starts[slot] = time.perf_counter()
        await log.acall(agent, slot)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return log.batch(script, wall, cpu)


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
    log = _Log(requests, clock)

    async def one(slot: int) -> None:
        if (wait := log.starts[slot] - clock()) > 0:
            await asyncio.sleep(wait)
        await log.acall(agent, slot)

    cpu, begin = time.process_time(), clock()
    log.starts[:] = [begin + offset for offset in due or [0.0] * len(requests)]
    await asyncio.gather(*(one(slot) for slot in range(len(requests))))
    wall, cpu = clock() - begin, time.process_time() - cpu
    return log.batch(script, wall, cpu)


def threads(
    agent: Agent, script: Script, requests: Sequence[int], due: Sequence[float] | None = None
) -> Batch:
    """Like `aconcurrent`, with a thread for each request; thread creation is not counted."""
    log = _Log(requests)
    go = threading.Event()

    def one(slot: int) -> None:
        go.wait()
        if (wait := log.starts[slot] - time.perf_counter()) > 0:
            time.sleep(wait)
        log.call(agent, slot)

    with ThreadPoolExecutor(max_workers=len(requests)) as pool:
        futures = [pool.submit(one, slot) for slot in range(len(requests))]
        cpu, begin = time.process_time(), time.perf_counter()
        log.starts[:] = [begin + offset for offset in due or [0.0] * len(requests)]
        go.set()
        for future in futures:
            future.result()
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return log.batch(script, wall, cpu)


def concurrent(
    agent: Agent,
    script: Script,
    entry: str,
    requests: Sequence[int],
    due: Sequence[float] | None = None,
) -> Batch:
    """Runs at once, or when `due`, through `entry`; asyncio runs on a fresh event loop."""
    if entry == "threads":
        return threads(agent, script, requests, due)
    return asyncio.run(aconcurrent(agent, script, requests, due))


def one_by_one(agent: Agent, script: Script, entry: str, requests: Sequence[int]) -> Batch:
    """Runs one after another through `entry`; asyncio runs on a fresh event loop."""
    if entry == "threads":
        return sequential(agent, script, requests)
    return asyncio.run(asequential(agent, script, requests))


Runs = Callable[[int | Iterable[object]], object]
"""`run(k)` makes k runs, or one for each of an iterable."""


def turns(runs: int | Iterable[object]) -> Iterable[object]:
    """What a batch iterates over."""
    return range(runs) if isinstance(runs, int) else runs


def repeat(
    agent: Agent, entry: str, on_loop: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run
) -> Runs:
    """Checked runs of one request, with next to no cost of their own.

    on_loop: runs a coroutine; by default on a new event loop each time.
    """
    prompt, reply = prompt_of(1), reply_of(1)

    def run(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            if (got := agent.run(prompt)) != reply:
                raise WrongReply(f"expected {reply!r}, got {got!r}")

    async def arun(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            if (got := await agent.arun(prompt)) != reply:
                raise WrongReply(f"expected {reply!r}, got {got!r}")

    return run if entry == "threads" else lambda runs: on_loop(arun(runs))
