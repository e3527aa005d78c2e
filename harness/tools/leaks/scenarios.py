"""What to repeat on a runtime: one scenario a way in which agents are used, and leak."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from harness.instruments.work import (
    Forgetful,
    Prompts,
    ask_once,
    check_outputs,
    check_reply,
    outputs_of,
    reply_to,
    through,
)
from harness.runtimes.base import Agent, RunFailed, Runtime, Workflow
from harness.workload.dag import shape
from harness.workload.script import Constant, Script, Turn, prompt_of

AT_ONCE = 8
SECONDS_TO_ASK = 10.0
"""A run that has not asked its model after so long cannot be cancelled while it waits."""


class Waiting(Forgetful):
    """A model that never answers; `asked` tells that it was asked."""

    def __init__(self) -> None:
        super().__init__(Script(latency=Constant(3600.0)))
        self.asked = asyncio.Event()

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        self.asked.set()
        return await super().acomplete(prompt, round)


@dataclass(frozen=True)
class Repeat:
    """A function to repeat, `def` or `async def`. watch: what it returns must not survive."""

    run: Callable[[], Any]
    watch: bool = False


def run(runtime: Runtime, entry: str) -> Repeat:
    """One agent, run again and again."""
    return Repeat(ask_once(runtime.agent(Forgetful()), entry, Prompts()))


def tools(runtime: Runtime, entry: str) -> Repeat:
    """One agent with a tool, which each run calls twice."""
    return Repeat(ask_once(runtime.agent(Forgetful(Script(tool_rounds=2))), entry, Prompts()))


def build(runtime: Runtime, entry: str) -> Repeat:
    """A new agent each time, run once and let go; it must be gone then."""
    prompts = Prompts()

    async def once() -> Iterable[object]:
        agent = runtime.agent(Forgetful(Script(tool_rounds=1)))
        prompt, reply = prompts.next()
        check_reply(await reply_to(agent, entry, prompt), reply)
        return _parts(agent, runtime)

    return Repeat(through(entry, once), watch=True)


def workflow(runtime: Runtime, entry: str) -> Repeat:
    """A new workflow each time, run once and let go; it must be gone then."""
    dag = shape("diamond")

    async def once() -> Iterable[object]:
        made = runtime.workflow(dag, Forgetful(dag.script()))
        check_outputs(await outputs_of(made, entry), dag)
        return _parts(made, runtime)

    return Repeat(through(entry, once), watch=True)


def rerun(runtime: Runtime, entry: str) -> Repeat:
    """One workflow, run again and again."""
    dag = shape("diamond")
    made = runtime.workflow(dag, Forgetful(dag.script()))

    async def once() -> None:
        check_outputs(await outputs_of(made, entry), dag)

    return Repeat(through(entry, once))


def failure(runtime: Runtime, entry: str) -> Repeat:
    """One agent whose model fails each time."""
    agent = runtime.agent(Forgetful(Script(fail_at=frozenset({(1, 0)}))))

    async def once() -> None:
        try:
            await reply_to(agent, entry, prompt_of(1))
        except NotImplementedError:
            raise
        except Exception:
            return
        raise RunFailed("the model failed, and the run did not")

    return Repeat(through(entry, once))


def shared(runtime: Runtime, entry: str) -> Repeat:
    """One agent that eight runs use at once."""
    one = ask_once(runtime.agent(Forgetful(Script(tool_rounds=1))), entry, Prompts())
    pool = ThreadPoolExecutor(AT_ONCE)

    def once() -> None:
        for future in [pool.submit(one) for _ in range(AT_ONCE)]:
            future.result()

    async def aonce() -> None:
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))

    return Repeat(once if entry == "threads" else aonce)


def _asyncio_only(entry: str, what: str) -> None:
    if entry == "threads":
        raise NotImplementedError(f"{what} on the event loop only")


def stream(runtime: Runtime, entry: str) -> Repeat:
    """One agent whose replies are streamed in five pieces."""
    _asyncio_only(entry, "replies are streamed")
    script = Script(chunks=5)
    agent = runtime.agent(Forgetful(script))
    numbers = itertools.count(1)

    async def aonce() -> None:
        number = next(numbers)
        pieces = [piece async for piece in agent.astream(prompt_of(number))]
        check_reply("".join(pieces), script.reply(number))

    return Repeat(aonce)


def hangup(runtime: Runtime, entry: str) -> Repeat:
    """One agent whose stream is closed after the first piece, as when a reader goes away."""
    _asyncio_only(entry, "replies are streamed")
    agent = runtime.agent(Forgetful(Script(chunks=5)))
    numbers = itertools.count(1)

    async def aonce() -> None:
        pieces = agent.astream(prompt_of(next(numbers)))
        async for _ in pieces:
            break
        await pieces.aclose()

    return Repeat(aonce)


def cancel(runtime: Runtime, entry: str) -> Repeat:
    """One agent whose runs are cancelled while the model thinks."""
    _asyncio_only(entry, "a run is cancelled")
    parts: list[tuple[Waiting, Agent]] = []

    async def aonce() -> None:
        if not parts:  # an asyncio.Event belongs to the loop it is first used on
            model = Waiting()
            parts.append((model, runtime.agent(model)))
        model, agent = parts[0]
        model.asked.clear()
        task = asyncio.ensure_future(agent.arun(prompt_of(1)))
        asked = asyncio.ensure_future(model.asked.wait())
        await asyncio.wait(
            (task, asked), timeout=SECONDS_TO_ASK, return_when=asyncio.FIRST_COMPLETED
        )
        if not asked.done():
            asked.cancel()
            if task.done():
                task.result()
            raise NotImplementedError("its model is not asked on the event loop")
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return
        raise RunFailed("a cancelled run returned a reply")

    return Repeat(aonce)


def _parts(thing: Agent | Workflow, runtime: Runtime) -> tuple[object, ...]:
    """An adapter's object, and what it holds of the framework's own classes."""
    tops = {module.partition(".")[0] for module in runtime.imports}
    inside = (value for value in vars(thing).values() if not isinstance(value, type))
    own = [v for v in inside if type(v).__module__.partition(".")[0] in tops and not callable(v)]
    return (thing, *own)


Scenario = Callable[[Runtime, str], Repeat]

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        run,
        build,
        workflow,
        rerun,
        tools,
        failure,
        shared,
        stream,
        hangup,
        cancel,
    )
}
