"""Runs that start at the same moment, in threads or as tasks."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from harness.instruments.arrivals.engine import Threads
from harness.instruments.arrivals.plan import Open, Plan
from harness.runtimes.base import Agent, RunFailed
from harness.tools.concurrency.interleaving import Shake, shuffle_tasks, trace

Outcome = str | BaseException
"""The reply of a run, or what it raised."""

LIMIT = 60.0
"""Seconds after which runs that have not ended are given up."""


class Hung(RunFailed):
    """A run did not end: a deadlock, or a reply that never came."""

    def __init__(self, limit: float) -> None:
        super().__init__(f"no end within {limit:g} s")


def run(agent: Agent, prompt: str, shake: Shake | None) -> str:
    """One run, in a thread that does nothing else."""
    if shake:
        trace(shake.enter)
    return agent.run(prompt)


def in_threads(calls: Sequence[Callable[[], Any]], limit: float) -> list[Any]:
    """What each call returns or raises in a thread, all begun at once; Hung if it has no end.

    Raises TooMany.
    """
    outcomes: list[Any] = [Hung(limit) for _ in calls]

    def one(place: int) -> None:
        try:
            outcomes[place] = calls[place]()
        except BaseException as error:
            outcomes[place] = error

    count = len(calls)
    plan = Plan(Open([0.0] * count, 0.0), drain=limit, cap=count, ready=count)
    Threads(one, plan).make()
    return list(outcomes)


def in_loop(
    main: Callable[[], Coroutine[Any, Any, list[Outcome]]], count: int, limit: float
) -> list[Outcome]:
    """What `main` returns on a fresh event loop, or `count` times Hung if the loop blocks."""
    # In a thread, because nothing else can give up on a loop that a run blocks.
    (found,) = in_threads([lambda: asyncio.run(main())], limit + 5)
    if isinstance(found, Hung):
        return [Hung(limit) for _ in range(count)]
    if isinstance(found, BaseException):
        raise found
    outcomes: list[Outcome] = found
    return outcomes


async def as_tasks(
    jobs: Sequence[tuple[Agent, str]], shake: Shake | None, limit: float
) -> list[Outcome]:
    """The outcome of each prompt to its agent, all begun at once."""
    if shake:
        shuffle_tasks(shake.random)
    runs = (arun(*job, limit) for job in jobs)
    return list(await asyncio.gather(*runs, return_exceptions=True))


async def arun(agent: Agent, prompt: str, limit: float) -> Outcome:
    """One run as a task; Hung if it does not end within `limit` seconds."""
    try:
        async with asyncio.timeout(limit) as ending:
            return await agent.arun(prompt)
    except TimeoutError as error:
        return Hung(limit) if ending.expired() else error
