"""What the checks of the contract are made of: runs by either entry, and comparisons."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable

from harness.runtimes.base import Agent, RunFailed
from harness.workload.script import ModelFailure, WrongPrompt, prompt_of

FAILURES = (ModelFailure, RunFailed, WrongPrompt)


def same(got: object, wanted: object) -> None:
    assert got == wanted, f"{got!r} is not {wanted!r}"


def fails(call: Callable[[], object], kinds: tuple[type[Exception], ...] = FAILURES) -> None:
    """Some frameworks wrap what is raised within a run: a cause of those kinds will do."""
    try:
        got = call()
    except Exception as error:
        cause: BaseException | None = error
        while not isinstance(cause, kinds):
            if cause is None:
                raise
            cause = cause.__cause__
        return
    raise AssertionError(f"no failure but {got!r}")


def asked(agent: Agent, entry: str, request: int) -> str:
    prompt = prompt_of(request)
    return agent.run(prompt) if entry == "threads" else asyncio.run(agent.arun(prompt))


async def together(agent: Agent, count: int) -> list[str]:
    return await asyncio.gather(*(agent.arun(prompt_of(i)) for i in range(count)))


def at_once(agent: Agent, entry: str, count: int) -> list[str]:
    if entry == "asyncio":
        return asyncio.run(together(agent, count))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda i: agent.run(prompt_of(i)), range(count)))


async def pieces(agent: Agent, request: int) -> list[str]:
    return [piece async for piece in agent.astream(prompt_of(request))]


async def both_streams(agent: Agent) -> list[list[str]]:
    return await asyncio.gather(pieces(agent, 1), pieces(agent, 2))
