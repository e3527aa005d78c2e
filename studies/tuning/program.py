"""A tiny agent program: an event loop (or none), and agents that are asked and checked."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import Any, TypeVar

from harness.instruments.arrivals.drivers import WrongReply
from harness.instruments.work import model_of
from harness.runtimes.base import Agent, Runtime
from harness.workload.script import prompt_of, reply_of

T = TypeVar("T")


def entry_of(runtime: Runtime) -> str:
    """How a program would call its agents: "asyncio", or "threads" if they have no such entry."""
    agent = runtime.agent(model_of(0.0))
    try:
        asyncio.run(agent.arun(prompt_of(1)))
    except NotImplementedError:
        return "threads"
    return "asyncio"


def needs_asyncio(runtime: Runtime) -> None:
    """Raises NotImplementedError, with the runtime's reason, unless it has an asyncio entry."""
    asyncio.run(runtime.agent(model_of(0.0)).arun(prompt_of(1)))


def check(reply: str, request: int) -> None:
    """Raises WrongReply unless it is the scripted reply."""
    if reply != (expected := reply_of(request)):
        raise WrongReply(f"expected {expected!r}, got {reply!r}")


class Program:
    """One event loop for all its runs, as a service has; what it left open goes when it ends."""

    def __init__(self, entry: str = "asyncio") -> None:
        self._entry = entry
        self._runner = asyncio.Runner()

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, on this program's loop."""
        return self._runner.get_loop().run_until_complete(work)

    def ask(self, agent: Agent, prompt: str) -> str:
        """One run, through the entry point of the program."""
        return agent.run(prompt) if self._entry == "threads" else self.on_loop(agent.arun(prompt))

    def ask_all(self, agent: Callable[[], Agent], requests: Iterable[int]) -> None:
        """Checked runs one after another, each on what `agent()` returns."""
        if self._entry == "threads":
            for request in requests:
                check(agent().run(prompt_of(request)), request)
        else:
            self.on_loop(self._aask_all(agent, requests))

    async def _aask_all(self, agent: Callable[[], Agent], requests: Iterable[int]) -> None:
        for request in requests:
            check(await agent().arun(prompt_of(request)), request)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.close()
        gc.collect()  # connections of agents that nobody closed


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def wall_of(work: Callable[[], object]) -> float:
    """Seconds on the clock."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
