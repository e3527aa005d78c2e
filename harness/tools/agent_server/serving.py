"""Start a served agent, and end it cleanly: by a signal, or with its parent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from harness import runtimes
from harness.common import child
from harness.instruments.arrivals.drivers import ENTRIES
from harness.instruments.work import Forgetful
from harness.model_server import loops
from harness.runtimes.base import Runtime
from harness.workload.script import Constant, ModelFailure, Script, Turn, prompt_of

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """What to serve and where; seconds, numbers of requests that fail, port 0 for a free one."""

    runtime: str = "floor"
    entry: str | None = None
    bind: str = HOST
    port: int = 0
    latency: float = 0.0
    tool_rounds: int = 0
    fail: Collection[int] = ()


class ServedModel(Forgetful):
    """A model that waits exactly, because a loop's own timers round to a millisecond.

    What is told as injected is then what was waited. Nothing that it was asked is kept, because
    clients may ask any prompt for days.
    """

    async def acomplete(self, prompt: str, round: int = 0) -> Turn:
        turn = self.script.turn(prompt, round)
        if turn.latency > 0:
            await loops.until(time.monotonic() + turn.latency)
        if turn.fails:
            raise ModelFailure(f"injected failure at {prompt!r}, round {round}")
        return turn


def serve(settings: Settings, say: Callable[[str, str], object]) -> None:
    """Serve until SIGINT or SIGTERM, or in a child until the parent asks or has died.

    say: called with what is served and its base URL, once it listens. Raises ValueError, one
    line, if it cannot be served there.
    """
    fail_at = frozenset((number, 0) for number in settings.fail)
    script = Script(settings.tool_rounds, Constant(settings.latency), fail_at)
    runtime = _ready(settings.runtime)
    entry = _entry_of(runtime, script.tool_rounds, settings.entry)
    loops.run(_serve(runtime, script, entry, (settings.bind, settings.port), say))


def perform(**settings: Any) -> None:
    """In a child: serve, and report what and where."""
    serve(Settings(**settings), lambda what, url: child.tell((what, url)))


def _ready(name: str) -> Runtime:
    """The runtime with its framework imported. ValueError, one line, if that cannot be."""
    runtime = runtimes.load(name)
    try:
        import aiohttp  # noqa: F401
        import hdrh  # noqa: F401

        runtime.load()
    except (NotImplementedError, ImportError) as error:
        raise ValueError(f"{name} cannot be served: {error}") from error
    return runtime


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


async def _serve(
    runtime: Runtime,
    script: Script,
    entry: str,
    where: tuple[str, int],
    say: Callable[[str, str], object],
) -> None:
    from aiohttp import web
    from yarl import URL

    from harness.tools.agent_server.server import AgentServer

    identity = {"runtime": runtime.name, "version": runtime.version(), "entry": entry}
    agent = runtime.agent(ServedModel(script))
    application = AgentServer(agent, script, entry, identity).application()
    served = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
    await served.setup()
    try:
        await web.TCPSite(served, *where, backlog=4096).start()
    except OSError as error:
        await served.cleanup()
        raise ValueError(f"{where[0]}:{where[1]} cannot be had: {error.strerror}") from error
    end = loops.told_to_stop()
    url = URL.build(scheme="http", host=where[0], port=served.addresses[0][1])
    say(f"{runtime.name} ({entry})", str(url))
    await end.wait()
    await served.cleanup()
