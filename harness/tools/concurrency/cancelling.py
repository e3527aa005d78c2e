"""Cancelled runs: gone when told to go, and nobody else with them."""

from __future__ import annotations

import asyncio
import time

from harness.runtimes.base import Agent, Runtime
from harness.tools.concurrency.checks import LATENCY
from harness.tools.concurrency.faults import wrong_runs
from harness.tools.concurrency.report import Report, judged
from harness.tools.concurrency.together import LIMIT, Outcome, ended, in_loop
from harness.tools.concurrency.watched import Held, WatchedModel
from harness.workload.script import Script, prompt_of


async def _cancel_held(
    agent: Agent, model: WatchedModel, count: int, held: frozenset[int], limit: float
) -> list[Outcome]:
    tasks = [asyncio.create_task(agent.arun(prompt_of(i))) for i in range(count)]
    deadline = time.monotonic() + limit
    while not all(model.asked[request, 0] or tasks[request].done() for request in held):
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.001)
    for request in held:
        tasks[request].cancel()
    return await ended(tasks, limit)


def cancellation(runtime: Runtime, count: int = 20, limit: float = LIMIT) -> Report:
    """Every fifth run is cancelled while its model is thinking; the others get their replies.

    For the asyncio entry point only: a thread cannot be cancelled.
    """
    held = frozenset(range(0, count, 5))
    model = WatchedModel(Script(latency=Held(LATENCY, held)))
    agent = runtime.agent(model)
    outcomes = in_loop(lambda: _cancel_held(agent, model, count, held, limit), count, 2 * limit)
    for outcome in outcomes:
        if isinstance(outcome, NotImplementedError):
            raise outcome
    wrong = [
        f"request {request}: cancelled, and ended with {outcomes[request]!r}"
        for request in sorted(held)
        if not isinstance(outcomes[request], asyncio.CancelledError)
    ]
    others = [request for request in range(count) if request not in held]
    wrong += wrong_runs(model.script, others, [outcomes[i] for i in others], model.asked)
    return judged("cancellation", "asyncio", count, count, wrong, f"{len(held)} cancelled runs")
