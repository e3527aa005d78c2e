"""Start a served agent, here or in a process of its own, and end it cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import time
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from harness.common import child
from harness.common.children import ChildFailed
from harness.common.local import LocalServer
from harness.instruments.arrivals.drivers import ENTRIES
from harness.instruments.work import Forgetful
from harness.model_server import loops
from harness.runtimes.base import Runtime
from harness.tools.load import target
from harness.workload.script import Constant, ModelFailure, Script, Turn, prompt_of

if TYPE_CHECKING:
    from aiohttp import web

HOST = "127.0.0.1"


class ServedModel(Forgetful):
    """A model that waits exactly, because a loop's own timers round to a millisecond.

    What is reported as injected is then what was waited. Nothing that it was asked is kept, because
    clients may ask any prompt for days.
    """

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        turn = self.script.turn(prompt, round)
        if turn.latency > 0:
            await loops.until(time.monotonic() + turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn


def serve(
    say: Callable[[str, str], object],
    *,
    runtime: str = "floor",
    entry: str | None = None,
    bind: str = HOST,
    port: int = 0,
    latency: float = 0.0,
    tool_rounds: int = 0,
    fail: Collection[int] = (),
) -> None:
    """Serve until SIGINT or SIGTERM, or in a child until the parent asks or has died.

    say: called with what is served and its base URL, once it listens. port: 0 for a free one.
    latency: seconds of each model call; fail: numbers of requests whose model fails. Raises
    ValueError, one line, if it cannot be served there.
    """
    script = Script(tool_rounds, Constant(latency), frozenset((number, 0) for number in fail))
    found = target.runtime(runtime)
    try:
        from harness.tools.agent_server.server import AgentServer
    except ImportError as error:
        raise ValueError(f"{runtime} cannot be served: {error}") from error
    entry = _entry_of(found, tool_rounds, entry)
    identity = {"runtime": found.name, "version": found.version(), "entry": entry}
    server = AgentServer(found.agent(ServedModel(script)), script, entry, identity)
    tell = functools.partial(say, f"{found.name} ({entry})")
    loops.run(_listen(server.application(), bind, port, tell))


def perform(**settings: Any) -> None:
    """In a child: serve, and report what and where."""
    serve(lambda what, url: child.tell((what, url)), **settings)


def _entry_of(runtime: Runtime, tool_rounds: int, wanted: str | None = None) -> str:
    """The entry point through which the agent answers: asyncio if it has it, else threads.

    Found by a first run of each, which also shows that the framework works at all. ValueError,
    one line, if none does.
    """
    refusal = ""
    for entry in [wanted] if wanted else reversed(ENTRIES):
        agent = runtime.agent(ServedModel(Script(tool_rounds)))
        try:
            if entry == "asyncio":
                asyncio.run(agent.arun(prompt_of(0)))
            else:
                agent.run(prompt_of(0))
        except NotImplementedError as error:
            refusal = str(error)
        except Exception as error:
            raise ValueError(f"a first run failed: {type(error).__name__}: {error}") from error
        else:
            return entry
    raise ValueError(f"{runtime.name} cannot be served: {refusal}")


async def _listen(
    application: web.Application, bind: str, port: int, say: Callable[[str], object]
) -> None:
    """Serve it until asked to stop. say: called with the base URL."""
    from aiohttp import web
    from yarl import URL

    served = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
    await served.setup()
    try:
        await web.TCPSite(served, bind, port, backlog=4096).start()
    except OSError as error:
        await served.cleanup()
        raise ValueError(f"{bind}:{port} cannot be had: {error.strerror}") from error
    end = loops.told_to_stop()
    say(str(URL.build(scheme="http", host=bind, port=served.addresses[0][1])))
    await end.wait()
    await served.cleanup()


class Served(LocalServer):
    """A served agent in a process of its own, which ends with the one that started it."""

    @property
    def what(self) -> str:
        """Its runtime and entry point, in words."""
        return str(self.report[0])

    @property
    def url(self) -> str:
        return str(self.report[1])


@contextlib.contextmanager
def served(python: str | None = None, **settings: object) -> Iterator[Served]:
    """Serve with the settings of `serve`, on this interpreter or another, and end it after.

    Raises ValueError, one line, if it does not start.
    """
    try:
        with Served(f"{__name__}:perform", settings, python=python, cwd=os.getcwd()) as server:
            yield server
            server.stop()
    except ChildFailed as error:
        raise ValueError(f"the agent server has not started: {error}") from None
