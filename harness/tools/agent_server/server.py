"""One agent, shared by all who ask, behind HTTP.

POST /run {"prompt": "request 7"} -> 200 {"reply": "reply 7", "injected": 0.05, "took": 0.0513}
    injected: seconds of the model in this run; took: seconds in this server.
    502 {"error": kind, "text": ...} if the run failed or its reply was wrong, 400 if there is no
    prompt of the script.
GET /health -> 200 {"runtime": ..., "version": ..., "entry": ...}
GET /stats -> 200 what `AgentServer.stats` says; DELETE /stats starts to count anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
from aiohttp import web

from harness.instruments.arrivals.kinds import check_reply
from harness.runtimes.base import Agent
from harness.tools.agent_server.load import Tally
from harness.workload.script import Script, WrongPrompt, request_of

THREADS = 256
"""Runs of a synchronous agent at the same time; more wait for their turn."""


class AgentServer:
    """The handlers. `identity` is what /health says."""

    def __init__(self, agent: Agent, script: Script, entry: str, identity: dict[str, str]) -> None:
        self._script = script
        self._identity = identity
        self._answer = agent.arun if entry == "asyncio" else _in_threads(agent)
        self._process = psutil.Process()
        self._in_flight = 0
        self._begin()

    def _begin(self) -> None:
        self._tally, self._since, self._cpu = Tally(), time.monotonic(), self._cpu_seconds()

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_post("/run", self._run)
        made.router.add_get("/health", self._health)
        made.router.add_get("/stats", self._stats)
        made.router.add_delete("/stats", self._stats)
        return made

    async def _run(self, request: web.Request) -> web.Response:
        begin = time.perf_counter()
        try:
            prompt = (await request.json())["prompt"]
            number = request_of(prompt)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, WrongPrompt):
            return self._failed(400, "BadRequest", 'no JSON such as {"prompt": "request 7"}')
        self._in_flight += 1
        try:
            check_reply(await self._answer(prompt), self._script.reply(number))
        except Exception as error:
            return self._failed(502, type(error).__name__, str(error))
        finally:
            self._in_flight -= 1
        took = time.perf_counter() - begin
        self._tally.add(took)
        answer = {"injected": self._script.injected(number), "took": took}
        return web.json_response({"reply": self._script.reply(number), **answer})

    def _failed(self, status: int, kind: str, text: str) -> web.Response:
        self._tally.add(0.0, kind)
        return web.json_response({"error": kind, "text": text}, status=status)

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(self._identity)

    async def _stats(self, request: web.Request) -> web.Response:
        if request.method == "DELETE":
            self._begin()
        return web.json_response(self.stats())

    def stats(self) -> dict[str, Any]:
        """What it did since it was cleared (what is in flight stays so); all times in seconds."""
        return {
            "requests": self._tally.requests,
            "ok": self._tally.ok,
            "errors": dict(self._tally.failures),
            "in_flight": self._in_flight,
            "took": self._tally.percentiles(),
            "seconds": time.monotonic() - self._since,
            "cpu_seconds": self._cpu_seconds() - self._cpu,
            "rss_bytes": self._process.memory_info().rss,
            "threads": self._process.num_threads(),
            "descriptors": self._process.num_fds(),
        }

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def _in_threads(agent: Agent) -> Callable[[str], Awaitable[str]]:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="agent")

    async def answer(prompt: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(pool, agent.run, prompt)

    return answer
