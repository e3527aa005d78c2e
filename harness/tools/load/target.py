"""On what load is made: a runtime's agent, an agent behind HTTP, or any callable."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness import runtimes
from harness.instruments.arrivals.base import Call
from harness.instruments.arrivals.kinds import check_reply
from harness.model_server import faults
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, Runtime
from harness.workload.model import Model, RemoteModel
from harness.workload.script import Constant, Script, prompt_of

DISTINCT = 4096
"""Different requests: after so many the numbers begin again, so that nobody who remembers
prompts grows for ever. Replies that are mixed up show unless they are so many requests apart."""

DEFAULT_PATH = "/run"
CONNECT_SECONDS = 5.0


@dataclass
class Target:
    """What is called. `open` gives the call and closes what it needed.

    name: for people; injected: seconds of every run that are known to be the model's.
    """

    name: str
    open: Callable[[], AbstractAsyncContextManager[Call]]
    injected: float = 0.0


@contextlib.contextmanager
def of_arguments(arguments: argparse.Namespace) -> Iterator[Target]:
    """The function, URL or runtime that the arguments name. Raises ValueError, one line.

    A runtime's agent is new, and its model in this process; or with --over-http on a model server
    in a process of its own, over a real socket.
    """
    script = Script(tool_rounds=arguments.tool_rounds, latency=Constant(arguments.latency))
    if arguments.call or arguments.url:
        call, url = arguments.call, arguments.url
        yield of_call(call, arguments.latency) if call else of_url(url, script)
        return
    found = runtime(arguments.runtime)
    name, entry = found.name or arguments.runtime, arguments.entry or "asyncio"
    with contextlib.ExitStack() as stack:
        model = Model(script)
        if arguments.over_http:
            name += " over HTTP"
            server = stack.enter_context(ModelServer(script, faults.kinds(arguments.fault)))
            model = RemoteModel(script, server.url)
        yield of_agent(name, found.agent(model), script, entry)


def runtime(name: str) -> Runtime:
    """The runtime `name` with its framework imported; ValueError, one line, if that fails."""
    try:
        found = runtimes.load(name)
        found.load()
    except (NotImplementedError, ImportError) as error:
        raise ValueError(f"runtime {name!r}: {error}") from error
    return found


def of_agent(name: str, agent: Agent, script: Script, entry: str) -> Target:
    """An agent through one of its entries ("asyncio" or "threads"), every reply checked."""

    async def arun(request: int) -> None:
        number = request % DISTINCT
        check_reply(await agent.arun(prompt_of(number)), script.reply(number))

    def run(request: int) -> None:
        number = request % DISTINCT
        check_reply(agent.run(prompt_of(number)), script.reply(number))

    call = arun if entry == "asyncio" else run
    return Target(f"{name}, {entry}", lambda: nullcontext(call), script.injected(0))


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


class HttpError(Exception):
    """An answer that is not 200; `status` says which."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}: {text[:200]}")
        self.status = status


def of_url(url: str, script: Script) -> Target:
    """The agent behind HTTP at `url` (without a path: at its /run), every reply checked.

    It gets POST {"prompt": ...} and answers {"reply": ...}. Where it says how long its model took
    ("injected"), that is the target's, too. Raises ValueError, one line, for what is no HTTP
    address and where nothing listens.
    """
    address = _address(url)

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Call]:
        import aiohttp

        # No limits of the client's own: how many are in flight is the plan's business.
        connector = aiohttp.TCPConnector(limit=0)
        limits = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:

            async def call(request: int) -> None:
                number = request % DISTINCT
                async with session.post(address, json={"prompt": prompt_of(number)}) as answer:
                    if answer.status != 200:
                        raise HttpError(answer.status, await answer.text())
                    body = await answer.json(content_type=None)
                answered = body if isinstance(body, dict) else {"reply": body}
                check_reply(answered.get("reply"), script.reply(number))
                if isinstance(injected := answered.get("injected"), int | float):
                    target.injected = injected

            yield call

    target = Target(address, opened, script.injected(0))
    return target


def _address(url: str) -> str:
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ValueError(f"{url!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http:// or https:// address")
    try:
        socket.create_connection((parts.hostname, port), CONNECT_SECONDS).close()
    except OSError as error:
        raise ValueError(f"nothing answers at {url}: {error.strerror or error}") from None
    return parts._replace(path=DEFAULT_PATH).geturl() if parts.path in ("", "/") else url
