"""On what load is made: a runtime's agent, an agent behind HTTP, or any callable."""

import argparse
import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil

from harness import runtimes
from harness.instruments.arrivals.base import Call
from harness.instruments.arrivals.kinds import WrongReply, check_reply
from harness.instruments.work import Forgetful
from harness.model_server import faults
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, Runtime
from harness.tools.load.model import Seen, seen
from harness.tools.runtime import NotInstalled
from harness.workload.model import Model, RemoteModel
from harness.workload.script import Constant, Script, prompt_of

DISTINCT = 4096
"""Different requests: after so many the numbers begin again, so that nobody who remembers
prompts grows for ever. Replies that are mixed up show unless they are so many requests apart."""


def _elsewhere() -> Any:
    raise RuntimeError("this target is asked by another process")


@dataclass
class Target:
    """What is called. `open` gives the call and closes what it needed, unless others ask it.

    name: for people; injected: seconds of every run that are known to be the model's.
    others: the CPU seconds so far of other processes that take part, by what they are; None where
    they cannot be had. seen: where the model's part differs from run to run, what it was in a load
    that began at a moment of `time.monotonic`. is_here: whether the agent is in this process,
    beside the generator. held: else what it holds, as far as it tells ("agent rss" in bytes, "agent
    threads" and so on).
    """

    name: str
    open: Callable[[], AbstractAsyncContextManager[Call]] = _elsewhere
    injected: float = 0.0
    others: dict[str, Callable[[], float | None]] = field(default_factory=dict)
    is_here: bool = True
    seen: Callable[[float], Seen] | None = None
    held: Callable[[], dict[str, float]] | None = None


def script_of(arguments: argparse.Namespace) -> Script:
    """What the model is asked and answers."""
    return Script(tool_rounds=arguments.tool_rounds, latency=Constant(arguments.latency))


@contextlib.contextmanager
def of_arguments(arguments: argparse.Namespace) -> Iterator[Target]:
    """The function or the runtime that the arguments name. Raises ValueError, one line.

    A runtime's agent is new, and its model in this process; or with --over-http on a model server
    in a process of its own, over a real socket.
    """
    if arguments.call:
        yield of_call(arguments.call, arguments.latency)
        return
    script, found = script_of(arguments), runtime(arguments.runtime)
    name, entry = found.name or arguments.runtime, arguments.entry or "asyncio"
    if arguments.proxy:
        yield of_model(name, found.agent(RemoteModel(script, arguments.proxy)), entry, arguments)
        return
    if not arguments.over_http:
        # Hours of a load must not be spent on remembering what was asked.
        model = Model(script) if arguments.soak is None else Forgetful(script)
        yield of_agent(name, found.agent(model), script, entry)
        return
    replayed = _replayed(arguments)
    # A fault ends with the second time that its request is asked: it is another one then. And the
    # journal could not distinguish them.
    distinct = sys.maxsize if replayed or arguments.fault else DISTINCT
    with ModelServer(script, faults.kinds(arguments.fault), **replayed) as server:
        agent = found.agent(RemoteModel(script, server.url))
        on = of_agent(f"{name} over HTTP", agent, script, entry, distinct)
        on.others["model server"] = partial(_cpu_seconds, server.pid)
        if replayed:
            on.seen = partial(seen, server.url, "due_last")
        yield on


def _replayed(arguments: argparse.Namespace) -> dict[str, Any]:
    """What a model server is made with to replay recorded latencies; nothing if there are none."""
    if arguments.latency_from is None:
        return {}
    from harness.model_server import recorded  # more of the standard library than most loads need

    return {"recorded": recorded.of_arguments(arguments), "seed": arguments.latency_seed}


def _cpu_seconds(pid: int) -> float | None:
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return None


def runtime(name: str) -> Runtime:
    """The runtime `name` with its framework imported; ValueError, one line, if that fails."""
    found = runtimes.load(name)
    try:
        found.version()
    except ImportError as error:
        raise NotInstalled(found.package, str(error)) from error
    try:
        found.load()
    except NotImplementedError as error:
        raise ValueError(f"runtime {name!r}: {error}") from error
    return found


def of_agent(
    name: str, agent: Agent, script: Script, entry: str, distinct: int = DISTINCT
) -> Target:
    """An agent through one of its entries ("asyncio" or "threads"), every reply checked.

    distinct: after so many requests their numbers begin again.
    """

    async def arun(request: int) -> None:
        number = request % distinct
        check_reply(await agent.arun(prompt_of(number)), script.reply(number))

    def run(request: int) -> None:
        number = request % distinct
        check_reply(agent.run(prompt_of(number)), script.reply(number))

    call = arun if entry == "asyncio" else run
    return Target(f"{name}, {entry}", lambda: nullcontext(call), script.injected(0))


def of_model(name: str, agent: Agent, entry: str, arguments: argparse.Namespace) -> Target:
    """An agent on a real model behind our proxy, which may reply any text."""

    def prompt(request: int) -> str:
        return f"{prompt_of(request)}: {arguments.prompt}"  # by its number the proxy knows it

    async def arun(request: int) -> None:
        _check_text(await agent.arun(prompt(request)))

    def run(request: int) -> None:
        _check_text(agent.run(prompt(request)))

    call = arun if entry == "asyncio" else run
    observed = partial(seen, arguments.proxy, "sent_last")
    return Target(f"{name} on {arguments.model}, {entry}", lambda: nullcontext(call), seen=observed)


def _check_text(got: object) -> None:
    if not isinstance(got, str) or not got.strip():
        raise WrongReply(f"no text, but {got!r:.80}")


def of_call(spec: str, injected: float) -> Target:
    """The function `module:function`, asynchronous or not, called with the request's number."""
    module, _, attribute = spec.partition(":")
    try:
        call = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a user's module may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"call {spec!r} cannot be loaded: {reason}") from error
    if not callable(call):
        raise ValueError(f"call {spec!r} is {call!r}, which cannot be called")
    return Target(spec, lambda: nullcontext(call), injected)
