"""Drivers: ways to put requests to an agent. They know nothing of asv or of frameworks.

Every driver takes an agent and its model's script, and returns a `Batch`. Latency is counted
from the moment the request was *meant* to start, so time spent queueing is never left out
(Tene, "coordinated omission").
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.runtimes.base import Agent, RunFailed
from harness.script import Script, prompt_of, reply_of


class WrongReply(RunFailed):
    """A run returned something else than its own scripted reply."""


@dataclass(frozen=True)
class Batch:
    """What one driver call saw. Lists have one entry a request, in order of request.

    latencies: seconds from intended start to end; injected: seconds of model latency within.
    failures: the exceptions of runs that failed (their latencies are kept, too).
    wall, cpu: seconds of the whole batch; cpu is of the whole process.
    """

    latencies: Sequence[float]
    injected: Sequence[float]
    failures: Sequence[Exception]
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


def check(request: int, reply: object) -> None:
    """Raise WrongReply unless `reply` is the scripted one of `request`."""
    if reply != reply_of(request):
        raise WrongReply(f"request {request}: expected {reply_of(request)!r}, got {reply!r}")


class _Recorder:
    """Collects ends and failures; each request writes only its own slot."""

    def __init__(self, count: int) -> None:
        self.ends = [0.0] * count
        self.errors: list[Exception | None] = [None] * count

    def run(self, agent: Agent, request: int) -> None:
        try:
            check(request, agent.run(prompt_of(request)))
        except NotImplementedError:
            raise
        except Exception as error:
            self.errors[request] = error
        self.ends[request] = time.perf_counter()

    async def arun(self, agent: Agent, request: int) -> None:
        try:
            check(request, await agent.arun(prompt_of(request)))
        except NotImplementedError:
            raise
        except Exception as error:
            self.errors[request] = error
        self.ends[request] = time.perf_counter()

    def batch(self, starts: Sequence[float], script: Script, wall: float, cpu: float) -> Batch:
        return Batch(
            latencies=[end - start for start, end in zip(starts, self.ends, strict=True)],
            injected=[script.injected(request) for request in range(len(starts))],
            failures=[error for error in self.errors if error is not None],
            wall=wall,
            cpu=cpu,
        )


def sequential(agent: Agent, script: Script, count: int) -> Batch:
    """`count` synchronous runs, one after another."""
    recorder, starts = _Recorder(count), [0.0] * count
    cpu, begin = time.process_time(), time.perf_counter()
    for request in range(count):
        starts[request] = time.perf_counter()
        recorder.run(agent, request)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return recorder.batch(starts, script, wall, cpu)


async def asequential(agent: Agent, script: Script, count: int) -> Batch:
    """`count` asyncio runs, one after another."""
    recorder, starts = _Recorder(count), [0.0] * count
    cpu, begin = time.process_time(), time.perf_counter()
    for request in range(count):
        starts[request] = time.perf_counter()
        await recorder.arun(agent, request)
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return recorder.batch(starts, script, wall, cpu)


async def aconcurrent(agent: Agent, script: Script, count: int, spacing: float = 0.0) -> Batch:
    """`count` asyncio runs, request i meant to start `i * spacing` seconds in (0: all at once)."""
    recorder = _Recorder(count)

    async def one(request: int, due: float) -> None:
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        await recorder.arun(agent, request)

    cpu, begin = time.process_time(), time.perf_counter()
    starts = [begin + request * spacing for request in range(count)]
    await asyncio.gather(*(one(request, due) for request, due in enumerate(starts)))
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return recorder.batch(starts, script, wall, cpu)


def threads(agent: Agent, script: Script, count: int, spacing: float = 0.0) -> Batch:
    """Like `aconcurrent`, with a thread for each request; thread creation is not counted."""
    recorder, starts = _Recorder(count), [0.0] * count
    go = threading.Event()

    def one(request: int) -> None:
        go.wait()
        if (wait := starts[request] - time.perf_counter()) > 0:
            time.sleep(wait)
        recorder.run(agent, request)

    with ThreadPoolExecutor(max_workers=count) as pool:
        futures = [pool.submit(one, request) for request in range(count)]
        cpu, begin = time.process_time(), time.perf_counter()
        starts[:] = [begin + request * spacing for request in range(count)]
        go.set()
        for future in futures:
            future.result()
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    return recorder.batch(starts, script, wall, cpu)


MODES = ("threads", "asyncio")
"""How requests are put to an agent: its synchronous entry in threads, or its asyncio entry."""


def concurrent(agent: Agent, script: Script, mode: str, count: int, spacing: float = 0.0) -> Batch:
    """`count` runs in `mode` (one of MODES); in asyncio mode on a fresh event loop."""
    if mode == "threads":
        return threads(agent, script, count, spacing)
    return asyncio.run(aconcurrent(agent, script, count, spacing))


def one_by_one(agent: Agent, script: Script, mode: str, count: int) -> Batch:
    """`count` runs one after another through the entry point of `mode`."""
    if mode == "threads":
        return sequential(agent, script, count)
    return asyncio.run(asequential(agent, script, count))


def caller(agent: Agent, mode: str, loop: asyncio.AbstractEventLoop | None) -> Callable[[], None]:
    """A callable that makes one checked run; asyncio runs use `loop`, which must be idle."""
    if mode == "threads":

        def call() -> None:
            check(1, agent.run(prompt_of(1)))
    else:
        assert loop is not None

        def call() -> None:
            check(1, loop.run_until_complete(agent.arun(prompt_of(1))))

    return call
