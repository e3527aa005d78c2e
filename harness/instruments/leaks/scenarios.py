"""What to repeat on a runtime: one scenario a way in which agents are used, and leak."""

import asyncio
import dataclasses
import functools
import itertools
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.instruments.arrivals.drivers import without_loop
from harness.instruments.arrivals.kinds import check_reply
from harness.instruments.leaks.client import FIRST_LOOK, Client
from harness.instruments.work import Forgetful, check_outputs
from harness.runtimes.base import Agent, RunFailed, Runtime, Workflow
from harness.workload.dag import shape
from harness.workload.model import Model
from harness.workload.script import Constant, Script, prompt_of, request_of

AT_ONCE = 8
SECONDS_TO_ASK = 60.0
"""A run that has not asked its model after so long cannot be cancelled while it waits."""

DAG = shape("diamond")


@dataclass
class Use:
    """Through which entry a runtime is used, and on what model; nothing of it is kept there."""

    runtime: Runtime
    entry: str
    model: Model
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def prompt(self) -> str:
        """A new one for each run, as programs have: one that is kept shows."""
        return prompt_of(next(self.numbers))

    @cached_property
    def agent(self) -> Agent:
        """The one agent of most scenarios."""
        return self.runtime.agent(self.model)

    @cached_property
    def workflow(self) -> Workflow:
        """The one workflow."""
        return self.runtime.workflow(DAG, self.model)

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        """Threads for runs at once."""
        return ThreadPoolExecutor(AT_ONCE)

    async def run(self, agent: Agent, prompt: str) -> str:
        """The reply of one run; through "threads" it never waits for the loop."""
        return agent.run(prompt) if self.entry == "threads" else await agent.arun(prompt)

    def check(self, prompt: str, reply: str) -> None:
        """WrongReply unless it is the script's."""
        check_reply(reply, self.model.script.reply(request_of(prompt)))

    async def ask(self, agent: Agent) -> None:
        """One checked run."""
        prompt = self.prompt
        self.check(prompt, await self.run(agent, prompt))

    async def perform(self, workflow: Workflow) -> None:
        """One checked run of a workflow."""
        threads = self.entry == "threads"
        check_outputs(workflow.run() if threads else await workflow.arun(), DAG)

    def parts(self, thing: Agent | Workflow) -> tuple[object, ...]:
        """An adapter's object, and what it holds of the framework's own classes."""
        is_own = owned(self.runtime)
        return (thing, *(value for value in vars(thing).values() if is_own(type(value))))


def owned(runtime: Runtime) -> Callable[[type], bool]:
    """Whether a class is of the framework or made from one of its classes, or is its adapter's."""
    tops = {module.partition(".")[0] for module in runtime.imports} - sys.stdlib_module_names
    adapter = type(runtime).__module__

    def is_own(cls: type) -> bool:
        modules = [str(base.__module__) for base in cls.__mro__]
        is_framework = any(module.partition(".")[0] in tops for module in modules)
        return is_framework or modules[0] == adapter or issubclass(cls, (Agent, Workflow))

    return is_own


async def ask(use: Use) -> None:
    """One agent, run again and again."""
    await use.ask(use.agent)


async def build(use: Use) -> tuple[object, ...]:
    """A new agent each time, run once and let go; it must be gone then."""
    agent = use.runtime.agent(use.model)
    await use.ask(agent)
    return use.parts(agent)


async def client(use: Use) -> tuple[object, ...]:
    """As `build`, but each agent has a client of its own, which has a timer."""
    _asyncio_only(use, "a timer is set")
    await asyncio.sleep(2 * FIRST_LOOK)  # the timer of the last one ends, if it does
    return await build(dataclasses.replace(use, model=Client(use.model.script)))


async def workflow(use: Use) -> tuple[object, ...]:
    """A new workflow each time, run once and let go; it must be gone then."""
    made = use.runtime.workflow(DAG, use.model)
    await use.perform(made)
    return use.parts(made)


async def rerun(use: Use) -> None:
    """One workflow, run again and again."""
    await use.perform(use.workflow)


async def failure(use: Use) -> None:
    """One agent whose model fails each time."""
    try:
        await use.run(use.agent, "request 1")
    except NotImplementedError:
        raise
    except Exception:
        return
    raise RunFailed("the model failed, and the run did not")


async def shared(use: Use) -> None:
    """One agent that eight runs use at once."""
    runs = [use.ask(use.agent) for _ in range(AT_ONCE)]
    if use.entry == "threads":
        list(use.pool.map(without_loop, runs))
    else:
        await asyncio.gather(*runs)


async def stream(use: Use) -> None:
    """One agent whose replies are streamed in five pieces."""
    _asyncio_only(use, "replies are streamed")
    prompt = use.prompt
    use.check(prompt, "".join([piece async for piece in use.agent.astream(prompt)]))


async def hangup(use: Use) -> None:
    """One agent whose stream is closed after the first piece, as when a reader goes away."""
    _asyncio_only(use, "replies are streamed")
    pieces = use.agent.astream(use.prompt)
    async for _ in pieces:
        break
    await pieces.aclose()


async def cancel(use: Use) -> None:
    """One agent whose runs are cancelled while the model thinks."""
    _asyncio_only(use, "a run is cancelled")
    before, give_up = use.model.requests, time.monotonic() + SECONDS_TO_ASK
    task = asyncio.ensure_future(use.agent.arun("request 1"))
    while use.model.requests == before:
        if task.done():
            task.result()
        if task.done() or time.monotonic() > give_up:
            task.cancel()
            raise NotImplementedError("its model is not asked on the event loop")
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return
    raise RunFailed("a cancelled run returned a reply")


def _asyncio_only(use: Use, what: str) -> None:
    if use.entry == "threads":
        raise NotImplementedError(f"{what} on the event loop only")


SCENARIOS: dict[str, tuple[Callable[[Use], Coroutine[Any, Any, object]], Script, str]] = {
    "run": (ask, Script(), "agent"),
    "build": (build, Script(tool_rounds=1), "agent"),
    "workflow": (workflow, DAG.script(), "workflow"),
    "rerun": (rerun, DAG.script(), "workflow"),
    "tools": (ask, Script(tool_rounds=2), "agent"),
    "failure": (failure, Script(fail_at=frozenset({(1, 0)})), "agent"),
    "shared": (shared, Script(tool_rounds=1), "agent"),
    "stream": (stream, Script(chunks=5), "agent"),
    "hangup": (hangup, Script(chunks=5), "agent"),
    "cancel": (cancel, Script(latency=Constant(3600.0)), "agent"),
    "client": (client, Script(tool_rounds=1), "agent"),
}
"""What is repeated, the script of its model, and what of `Use` is made before runs are studied."""

BY_NAME = frozenset({"client"})
"""Studied only if asked for: not every framework promises to keep nothing in its context."""


def repeated(runtime: Runtime, scenario: str, entry: str) -> Callable[[], Any]:
    """A function to repeat, `def` or `async def`; what it returns must not survive."""
    repeat, script, first = SCENARIOS[scenario]
    use = Use(runtime, entry, Forgetful(script))
    getattr(use, first)  # the first one takes 30 times as long while allocations are traced
    once = functools.partial(repeat, use)
    return once if entry == "asyncio" else lambda: without_loop(once())
