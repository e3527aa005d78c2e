"""One agent, shared by all who ask, behind HTTP.

POST /run {"prompt": "request 7"} -> 200 {"reply": "reply 7", "injected": 0.05, "took": 0.0513}
    injected: seconds of the model in this run; took: seconds in this server.
    502 {"error": kind, "text": ...} if the run failed or its reply was wrong, 400 if there is no
    prompt of the script.
GET /health -> 200 {"runtime": ..., "version": ..., "entry": ...}
GET /stats -> 200 what `tally.Tally.document` says; DELETE /stats starts to count anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from harness.instruments.arrivals.drivers import WrongReply
from harness.runtimes.base import Agent
from harness.tools.agent_server.tally import Tally
from harness.workload.script import Script, WrongPrompt, request_of

THREADS = 256
"""Runs of a synchronous agent at the same time; more wait for their turn."""


class AgentServer:
    """The handlers. `identity` is what /health says."""

    def __init__(self, agent: Agent, script: Script, entry: str, identity: dict[str, str]) -> None:
        self.script = script
        self.tally = Tally()
        self._identity = identity
        self._answer = agent.arun if entry == "asyncio" else _in_threads(agent)

    def application(self) -> web.Application:
        """The application to serve."""
        made = web.Application()
        made.router.add_post("/run", self._run)
        made.router.add_get("/health", self._health)
        made.router.add_get("/stats", self._stats)
        made.router.add_delete("/stats", self._clear)
        return made

    async def _run(self, request: web.Request) -> web.Response:
        begin = time.perf_counter()
        self.tally.in_flight += 1
        try:
            prompt, number = await _asked(request)
            reply = await self._answer(prompt)
            if reply != (expected := self.script.reply(number)):
                raise WrongReply(f"request {number}: expected {expected!r}, got {reply!r}")
        except _BadRequest as error:
            return self._failed(400, "BadRequest", error)
        except Exception as error:
            return self._failed(502, type(error).__name__, error)
        finally:
            self.tally.in_flight -= 1
        took = time.perf_counter() - begin
        self.tally.succeeded(took)
        injected = self.script.injected(number)
        return web.json_response({"reply": reply, "injected": injected, "took": took})

    def _failed(self, status: int, kind: str, error: Exception) -> web.Response:
        self.tally.errors[kind] += 1
        return web.json_response({"error": kind, "text": str(error)}, status=status)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(self._identity)

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.tally.document())

    async def _clear(self, request: web.Request) -> web.Response:
        self.tally.clear()
        return web.json_response(self.tally.document())


class _BadRequest(ValueError):
    """A body that asks nothing of the script."""


async def _asked(request: web.Request) -> tuple[str, int]:
    """The prompt in the body and its request number."""
    try:
        prompt = (await request.json())["prompt"]
        return prompt, request_of(prompt)
    except (ValueError, KeyError, TypeError, AttributeError, WrongPrompt):
        raise _BadRequest('the body is JSON such as {"prompt": "request 7"}') from None


def _in_threads(agent: Agent) -> Callable[[str], Awaitable[str]]:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="agent")

    async def answer(prompt: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(pool, agent.run, prompt)

    return answer
