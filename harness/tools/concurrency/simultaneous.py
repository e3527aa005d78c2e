"""Runs that start at the same moment, in threads or as tasks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.runtimes.base import Agent, RunFailed
from harness.tools.concurrency.interleaving import Shake, shuffle_tasks, tracing

Outcome = str | BaseException
"""The reply of a run, or what it raised."""

Job = tuple[Agent, str]

LIMIT = 60.0
"""Seconds after which runs that have not ended are given up."""


class Hung(RunFailed):
    """A run did not end: a deadlock, or a reply that never came."""


class TooMany(ValueError):
    """This machine cannot start so many threads."""


def together(
    agents: Agent | Sequence[Agent],
    entry: str,
    prompts: Sequence[str],
    shake: Shake | None = None,
    limit: float = LIMIT,
) -> list[Outcome]:
    """The outcome of one run a prompt, all begun at once through `entry` ("threads", "asyncio").

    agents: one that all runs share, or one a prompt. Raises TooMany, and NotImplementedError where
    an agent has no such entry point.
    """
    shared = [agents] * len(prompts) if isinstance(agents, Agent) else agents
    jobs = list(zip(shared, prompts, strict=True))
    if entry == "threads":
        return _supported(_in_threads(jobs, shake, limit))
    return in_loop(lambda: _as_tasks(jobs, shake, limit), len(jobs), limit)


def _supported(outcomes: list[Outcome]) -> list[Outcome]:
    for outcome in outcomes:
        if isinstance(outcome, NotImplementedError):
            raise outcome
    return outcomes


def _hung(limit: float) -> Hung:
    return Hung(f"no end within {limit:g} s")


def _in_threads(jobs: Sequence[Job], shake: Shake | None, limit: float) -> list[Outcome]:
    outcomes: list[Outcome] = [_hung(limit) for _ in jobs]
    start = threading.Barrier(len(jobs))

    def one(slot: int) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            start.wait()
            agent, prompt = jobs[slot]
            try:
                with tracing(shake.enter) if shake else contextlib.nullcontext():
                    outcomes[slot] = agent.run(prompt)
            except BaseException as error:
                outcomes[slot] = error

    # Daemons: a run that hangs must not keep the process from ending.
    threads = [threading.Thread(target=one, args=(i,), daemon=True) for i in range(len(jobs))]
    try:
        for thread in threads:
            thread.start()
    except RuntimeError as error:
        start.abort()
        raise TooMany(f"{len(jobs)} threads: {error}") from error
    deadline = time.monotonic() + limit
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(outcomes)


def in_loop(
    main: Callable[[], Coroutine[Any, Any, list[Outcome]]], count: int, limit: float
) -> list[Outcome]:
    """What `main` returns on a fresh event loop, or `count` times Hung if the loop blocks.

    Raises NotImplementedError where an outcome is one.
    """
    found: list[Outcome] = [_hung(limit) for _ in range(count)]
    errors: list[BaseException] = []

    def call() -> None:
        try:
            found[:] = asyncio.run(main())
        except BaseException as error:
            errors.append(error)

    # In a thread, because nothing else can give up on a loop that a run blocks.
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(limit + 5)
    if errors:
        raise errors[0]
    return _supported(list(found))


async def _as_tasks(jobs: Sequence[Job], shake: Shake | None, limit: float) -> list[Outcome]:
    if shake:
        shuffle_tasks(shake.random)
    tasks = [asyncio.create_task(agent.arun(prompt)) for agent, prompt in jobs]
    return await ended(tasks, limit)


async def ended(tasks: Sequence[asyncio.Task[str]], limit: float) -> list[Outcome]:
    """The outcome of each task; one that does not end within `limit` seconds is Hung."""
    _, pending = await asyncio.wait(tasks, timeout=limit)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending, timeout=1)
    return [_hung(limit) if task in pending else _outcome(task) for task in tasks]


def _outcome(task: asyncio.Task[str]) -> Outcome:
    if task.cancelled():
        return asyncio.CancelledError("cancelled")
    error = task.exception()
    return task.result() if error is None else error
