"""Work to be measured: a model for it, its warm-up, and the checks that it was done."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.drivers import WrongReply
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload.dag import Dag
from harness.workload.model import Model
from harness.workload.script import Constant, Script, Turn, prompt_of

Runs = Callable[[int], object]
"""`run(k)` makes k runs."""


WARM_UP = range(1_000_000, 1_000_030)
"""Request numbers of warm-up runs: the model answers them at once."""


class _Injected(Constant):
    """Constant latency, but none for warm-up requests: waiting does not warm anything."""

    def seconds(self, request: int, round: int) -> float:
        return 0.0 if request in WARM_UP else self.value


def model_of(latency: float, tool_rounds: int = 0) -> Model:
    """A model with `latency` seconds a call and `tool_rounds` tool calls a run."""
    return Model(Script(tool_rounds=tool_rounds, latency=_Injected(latency)))


class Forgetful(Model):
    """A model that keeps nothing of what it was asked: what grows is the framework's."""

    def remember(self, prompt: str, round: int) -> Turn:
        return self.script.turn(prompt, round)

    @property
    def _streams(self) -> dict[Any, Any]:
        return {}


class Prompts:
    """A new prompt for each run, as programs have: one that is kept shows."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self) -> tuple[str, str]:
        """A prompt and its reply."""
        number = next(self._numbers)
        return prompt_of(number), f"reply {number}"


def ask_once(agent: Agent, entry: str, prompts: Prompts) -> Callable[[], Any]:
    """A `def`, or for asyncio an `async def`, that makes one checked run."""

    def run() -> None:
        prompt, reply = prompts.next()
        check_reply(agent.run(prompt), reply)

    async def arun() -> None:
        prompt, reply = prompts.next()
        check_reply(await agent.arun(prompt), reply)

    return run if entry == "threads" else arun


def check_reply(got: str, reply: str) -> None:
    """WrongReply unless a run returned this."""
    if got != reply:
        raise WrongReply(f"expected {reply!r}, got {got!r}")


def check_requests(model: Model, runs: int) -> None:
    """Every run must have asked the model as often as the script says: no more, no less."""
    expected = runs * model.script.calls_per_run
    if model.requests != expected:
        raise RunFailed(f"{runs} runs made {model.requests} model requests, not {expected}")


def check_outputs(outputs: Mapping[str, str], dag: Dag) -> None:
    """RunFailed unless `outputs` holds exactly the scripted reply of every step."""
    if dict(outputs) != dag.expected():
        raise RunFailed(f"workflow {dag.name}: expected {dag.expected()}, got {dict(outputs)}")


async def arriving(
    runtime: Runtime, count: int, latency: float = 0.02, spacing: float = 0.01
) -> Callable[[], Awaitable[None]]:
    """`count` runs with a tool call, due `spacing` seconds apart, on one agent that is warm."""
    model = model_of(latency, tool_rounds=1)
    agent = runtime.agent(model)
    (await drivers.asequential(agent, model.script, WARM_UP)).ensure_ok()

    async def work() -> None:
        due = [i * spacing for i in range(count)]
        (await drivers.aconcurrent(agent, model.script, range(count), due)).ensure_ok()
        check_requests(model, count + len(WARM_UP))

    return work


def cpu_a_run(run: Runs, count: int) -> float:
    """CPU seconds of this process for a run, of `count`."""
    begin = time.process_time()
    run(count)
    return (time.process_time() - begin) / count


def batch_size(run: Runs, seconds: float = 0.005) -> int:
    """Runs that take about `seconds`: far above the resolution of the CPU clock. Warms up."""
    run(10)
    return max(10, int(seconds / max(cpu_a_run(run, 50), 1e-7)))
