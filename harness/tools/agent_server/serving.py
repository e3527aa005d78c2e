"""Start a served agent, and end it cleanly: by a signal, or with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable

from harness import runtimes
from harness.instruments.arrivals.drivers import ENTRIES
from harness.runtimes.base import Runtime
from harness.tools.agent_server.model import ServedModel
from harness.workload.script import Script, prompt_of

HOST = "127.0.0.1"


def ready(name: str) -> Runtime:
    """The runtime with its framework imported. ValueError, one line, if that cannot be."""
    runtime = runtimes.load(name)
    try:
        import aiohttp  # noqa: F401
        import hdrh  # noqa: F401

        runtime.load()
    except (NotImplementedError, ImportError) as error:
        raise ValueError(f"{name} cannot be served: {error}") from error
    return runtime


def entry_of(runtime: Runtime, tool_rounds: int, wanted: str | None = None) -> str:
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


def serve(
    runtime: Runtime, script: Script, entry: str, where: tuple[str, int], with_parent: bool
) -> None:
    """Serve until SIGINT or SIGTERM, or `with_parent` until standard input ends.

    where: address and port, 0 for a free one. Prints both once it listens. Raises ValueError if
    they cannot be had.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(runtime, script, entry, where, with_parent))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed; None is asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(
    runtime: Runtime, script: Script, entry: str, where: tuple[str, int], with_parent: bool
) -> None:
    from aiohttp import web

    from harness.tools.agent_server.server import AgentServer

    identity = {"runtime": runtime.name, "version": runtime.version(), "entry": entry}
    agent = runtime.agent(ServedModel(script))
    application = AgentServer(agent, script, entry, identity).application()
    served = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
    await served.setup()
    site = web.TCPSite(served, *where, backlog=4096)
    try:
        await site.start()
    except OSError as error:
        await served.cleanup()
        raise ValueError(f"{where[0]}:{where[1]} cannot be had: {error.strerror}") from error
    end = _end(with_parent)
    port = served.addresses[0][1]
    print(f"{runtime.name} ({entry}) answers POST http://{where[0]}:{port}/run", flush=True)
    await end.wait()
    await served.cleanup()


def _end(with_parent: bool) -> asyncio.Event:
    """Set when it is time to stop."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers: there Ctrl-C is a KeyboardInterrupt, as anywhere.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end.set)

    def until_parent_ends() -> None:
        # Not sys.stdin.read: Python cannot exit while a thread is in there.
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop may have ended first
            loop.call_soon_threadsafe(end.set)

    if with_parent:
        threading.Thread(target=until_parent_ends, daemon=True).start()
    return end
