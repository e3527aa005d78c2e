"""Work to be measured, for benchmarks and verbs alike: agents and workflows on a script, checked.

A run that fails, returns another reply than its own, or asks the model more or less often than
the script says is an error: to measure it would show what failing costs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.drivers import Runs, turns
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload import dag as dags
from harness.workload.dag import Dag
from harness.workload.model import Model
from harness.workload.script import Constant, Script, Turn

WARM_UP = range(1_000_000, 1_000_030)
"""Request numbers of warm-up runs: the model answers them at once."""


class _Injected(Constant):
    """Constant latency, but none for warm-up requests: waiting does not warm anything."""

    def seconds(self, request: int, round: int) -> float:
        return 0.0 if request in WARM_UP else self.value


def model_of(latency: float, tool_rounds: int = 0) -> Model:
    """A model with `latency` seconds per call and `tool_rounds` tool calls per run."""
    return Model(Script(tool_rounds=tool_rounds, latency=_Injected(latency)))


def agent_on(runtime: Runtime, model: Model) -> Agent:
    """An agent that acts on all that the script of `model` asks for; else NotImplementedError."""
    agent = runtime.agent(model)
    if missing := model.script.more - agent.acts_on:
        raise NotImplementedError(f"its adapter does not act on Script.{min(missing)}")
    return agent


def warm(runtime: Runtime, entry: str, model: Model) -> Agent:
    """An agent that has made its first runs; `model` counts from then on."""
    agent = runtime.agent(model)
    first = _first_runs(agent, model, entry)
    drivers.without_loop(first) if entry == "threads" else asyncio.run(first)
    return agent


async def _first_runs(agent: Agent, model: Model, entry: str = "asyncio") -> None:
    few, others = WARM_UP[:3], WARM_UP[3:]
    made = (await drivers.asequential(agent, model.script, few, entry)).ensure_ok()
    others = others[: affordable(made.latencies[-1], len(others), least=0)]
    if others:
        (await drivers.asequential(agent, model.script, others, entry)).ensure_ok()
    check_requests(model, len(few) + len(others))
    model.restart()


def affordable(seconds: float, most: int, least: int = 10) -> int:
    """How many runs of so many seconds a process makes: what one second allows.

    So a session can have FEWEST_PROCESSES processes of a heavy framework, too. Where so many at
    once are what is asked, they are made whatever they cost.
    """
    return min(most, max(least, int(1.0 / seconds)))


class Forgetful(Model):
    """A model that keeps nothing of what it was asked: what grows is the framework's."""

    def remember(self, prompt: str, round: int) -> Turn:
        return self.script.turn(prompt, round)

    @property
    def _streams(self) -> dict[Any, Any]:
        return {}


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
    await _first_runs(agent, model)

    async def work() -> None:
        due = [i * spacing for i in range(count)]
        (await drivers.aconcurrent(agent, model.script, range(count), due)).ensure_ok()
        check_requests(model, count)

    return work


def cpu_a_run(run: Callable[[int], object], count: int) -> float:
    """CPU seconds of this process for a run, of `count`."""
    begin = time.process_time()
    run(count)
    return (time.process_time() - begin) / count


def batch_size(run: Callable[[int], object], seconds: float = 0.01) -> int:
    """Runs that take about `seconds`: far above the resolution of the CPU clock. Warms up."""
    run(10)
    size = 1
    while (took := size * cpu_a_run(run, size)) < seconds / 2:
        size *= 2
    return max(1, round(size * seconds / took))


@dataclass(frozen=True)
class Work:
    """What is done again and again: `run(k)` does it k times on `model`, each time checked.

    parts: equal parts of each time, with as many model requests as the script says; 0 if none are
    made. at_once: how many are under way at the same moment.
    """

    run: Runs
    model: Model
    parts: int = 1
    at_once: int = 1


OnLoop = Callable[[Coroutine[Any, Any, None]], None]

AT_ONCE = 10


def building(runtime: Runtime, model: Model | None = None) -> Work:
    """Building an agent with a tool: on `model`, or on one of its own each time."""
    script = Script(tool_rounds=1)

    def run(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            runtime.agent(model or Model(script))

    return Work(run, model or Model(script), parts=0)


def running(
    runtime: Runtime, entry: str, tool_rounds: int = 0, on_loop: OnLoop = asyncio.run
) -> Work:
    """One run after another on one agent. on_loop: runs a coroutine."""
    model = model_of(0.0, tool_rounds)
    return Work(drivers.repeat(runtime.agent(model), entry, on_loop), model)


def asking(runtime: Runtime, entry: str, script: Script, more: str = "") -> Work:
    """The same for any script, if the agent acts on all of it. more: ends the prompt."""
    model = Model(script)
    return Work(drivers.repeat(agent_on(runtime, model), entry, more=more), model)


def stepping(
    runtime: Runtime,
    entry: str,
    shape: str | Dag = "diamond",
    on_loop: OnLoop = asyncio.run,
    latency: float = 0.0,
    guarded: bool = False,
) -> Work:
    """Runs of one workflow, the reply of every step checked; a part is a step.

    guarded: with the framework's policy checks as it ships them.
    """
    dag = shape if isinstance(shape, Dag) else dags.shape(shape, latency)
    model = Model(dag.script())
    workflow = (runtime.guarded if guarded else runtime.workflow)(dag, model)

    async def arun(runs: int | Iterable[object]) -> None:
        for _ in turns(runs):
            check_outputs(await workflow.arun(), dag)

    def run(runs: int | Iterable[object]) -> None:
        if entry == "asyncio":
            on_loop(arun(runs))
        else:
            for _ in turns(runs):
                check_outputs(workflow.run(), dag)

    return Work(run, model, len(dag.steps))


def overlapping(runtime: Runtime, entry: str, on_loop: OnLoop = asyncio.run) -> Work:
    """Runs on one agent, AT_ONCE at the same moment: a thread each, or a task each."""
    model = model_of(0.0)
    agent = runtime.agent(model)

    async def arun(group: range) -> None:
        (await drivers.aconcurrent(agent, model.script, group)).ensure_ok()

    def run(runs: int | Iterable[object]) -> None:
        left = len(list(turns(runs)))
        while left > 0:
            group = range(min(AT_ONCE, left))
            left -= AT_ONCE
            if entry == "asyncio":
                on_loop(arun(group))
            else:
                drivers.concurrent(agent, model.script, entry, group).ensure_ok()

    return Work(run, model, at_once=AT_ONCE)
