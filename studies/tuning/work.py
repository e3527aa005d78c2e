"""Advice on work: what a program does again and again, and could do once or not at all."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator

from harness.instruments.work import batch_size, model_of
from harness.measures.tracing import recorded
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload.model import RemoteModel
from harness.workload.script import Script, prompt_of
from studies.tuning.experiment import Figure, Figures, Sides, experiment
from studies.tuning.program import Program, check, cpu_of, entry_of, needs_asyncio, wall_of

RUNS = 50
CALLS = 20
PROMPTS = 10
LATENCY = 0.002


@experiment(
    "connections",
    "Keep connections open: one client for all requests",
    "a new agent, client and connection a request",
    "one kept",
    Figure("cpu_seconds", "CPU time of one run"),
    Figure("seconds", "time of one run"),
    rounds=9,
)
def kept_alive(runtime: Runtime) -> Iterator[Sides]:
    """Runs one after another over HTTP, to a model server beside that answers at once."""
    needs_asyncio(runtime)
    with ModelServer(Script()) as server:
        model = RemoteModel(Script(), server.url)

        def side(agent: Callable[[], Agent]) -> Figures:
            with Program() as program:
                program.ask_all(agent, range(1))
                begin = time.perf_counter()
                cpu = cpu_of(lambda: program.ask_all(agent, range(CALLS)))
                return {
                    "cpu_seconds": cpu / CALLS,
                    "seconds": (time.perf_counter() - begin) / CALLS,
                }

        def new() -> Agent:
            return runtime.agent(model)

        yield lambda: side(new), lambda: side(functools.cache(new))


@experiment(
    "caching",
    "Cache answers to prompts that come again",
    "every prompt is asked",
    "functools.lru_cache",
    Figure("seconds", f"time of {RUNS} requests with {PROMPTS} different prompts"),
    Figure("requests", "model requests they took", "count"),
    Figure("unique", "CPU time of a request whose prompt never came before"),
    rounds=11,
)
def cached(runtime: Runtime) -> Iterator[Sides]:
    """A model of 2 ms; few prompts that come again, and then only prompts that do not."""
    entry = entry_of(runtime)
    slow, fast = model_of(LATENCY), model_of(0.0)
    slow_agent, fast_agent = runtime.agent(slow), runtime.agent(fast)
    size = _size(entry, fast_agent)

    def side(keep: Callable[[Callable[[str], str]], Callable[[str], str]]) -> Figures:
        with Program(entry) as program:
            ask = keep(functools.partial(program.ask, slow_agent))
            ask_new = keep(functools.partial(program.ask, fast_agent))
            begun = slow.requests
            seconds = wall_of(lambda: _ask_each(ask, [i % PROMPTS for i in range(RUNS)]))
            requests = slow.requests - begun
            return {
                "seconds": seconds,
                "requests": requests,
                "unique": cpu_of(lambda: _ask_each(ask_new, range(size))) / size,
            }

    yield lambda: side(lambda ask: ask), lambda: side(functools.lru_cache(maxsize=1024))


def _size(entry: str, agent: Agent) -> int:
    """Runs that take about 20 ms of CPU: far above the resolution of its clock."""
    with Program(entry) as program:
        return batch_size(lambda count: program.ask_all(lambda: agent, range(count)), 0.02)


def _ask_each(ask: Callable[[str], str], requests: Iterable[int]) -> None:
    for request in requests:
        check(ask(prompt_of(request)), request)


@experiment(
    "build-once",
    "Build agents once, not for every request",
    "an agent built for every run",
    "one agent kept",
    Figure("cpu_seconds", "CPU time of one run"),
)
def built_once(runtime: Runtime) -> Iterator[Sides]:
    """Runs with one tool call, the model in process."""
    entry = entry_of(runtime)
    model = model_of(0.0, tool_rounds=1)  # one: making it is not the framework's work

    def new() -> Agent:
        return runtime.agent(model)

    size = _size(entry, new())

    def side(agent: Callable[[], Agent]) -> Figures:
        with Program(entry) as program:
            program.ask_all(agent, range(1))
            return {"cpu_seconds": cpu_of(lambda: program.ask_all(agent, range(size))) / size}

    yield lambda: side(new), lambda: side(functools.cache(new))


@experiment(
    "tracing",
    "Trace what is looked at, not everything",
    "tracing on",
    "tracing off",
    Figure("cpu_seconds", "CPU time of one run"),
)
def untraced(runtime: Runtime) -> Iterator[Sides]:
    """Runs with one tool call; spans stay in memory, so what sending them costs comes on top."""
    entry = entry_of(runtime)
    model = model_of(0.0, tool_rounds=1)
    agent = runtime.agent(model)
    size = _size(entry, agent)

    def off() -> Figures:
        with Program(entry) as program:
            begun = model.requests
            cpu = cpu_of(lambda: program.ask_all(lambda: agent, range(size)))
        if (made := model.requests - begun) != size * model.script.calls_per_run:
            raise RunFailed(f"{size} runs made {made} model requests")
        return {"cpu_seconds": cpu / size}

    def on() -> Figures:
        with recorded(runtime, size):
            return off()

    on()  # loads what tracing needs, or says why there is none
    yield on, off
