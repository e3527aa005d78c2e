"""Advice on work: what a program does again and again, and could do once, later or not at all."""

from __future__ import annotations

import asyncio
import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psutil

from harness.instruments.arrivals import drivers
from harness.instruments.arrivals.kinds import check_reply
from harness.instruments.work import batch_size, check_requests, cpu_a_run, model_of
from harness.measures.tracing import recorded
from harness.model_server.process import ModelServer
from harness.runtimes.base import Agent, RunFailed, Runtime
from harness.workload.model import RemoteModel
from harness.workload.script import Script, prompt_of, reply_of
from studies.tuning.rounds import Built, Figures, Sides, entry_of

RUNS = 50
CALLS = 20
PROMPTS = 10
LATENCY = 0.002
BATCH = 0.02
"""CPU seconds of a batch: far above the resolution of its clock."""


def kept_alive(runtime: Runtime) -> Iterator[Sides]:
    """Runs one after another over HTTP, to a model server beside that answers at once."""
    with ModelServer(Script()) as server:
        model = RemoteModel(Script(), server.url)
        new = functools.partial(runtime.agent, model)

        def side(build: Callable[[], Agent]) -> Figures:
            agent = Built(build)
            with asyncio.Runner() as runner:
                for runs in (1, CALLS):  # the first one connects
                    work = drivers.asequential(agent, model.script, range(runs))
                    batch = runner.run(work).ensure_ok()
            return {"cpu_seconds": batch.cpu / CALLS, "seconds": batch.wall / CALLS}

        yield lambda: side(new), lambda: side(functools.cache(new))


def cached(runtime: Runtime) -> Iterator[Sides]:
    """A model of 2 ms; few prompts that come again, and then only prompts that do not."""
    entry = entry_of(runtime)
    slow, fast = model_of(LATENCY), model_of(0.0)
    slow_agent, fast_agent = runtime.agent(slow), runtime.agent(fast)
    size = batch_size(drivers.repeat(fast_agent, entry), BATCH)

    def side(keep: Callable[[Callable[[str], str]], Callable[[str], str]]) -> Figures:
        with asyncio.Runner() as runner:
            on_loop: Callable[[Any], str] = runner.get_loop().run_until_complete

            def asking(agent: Agent) -> Callable[[str], str]:
                return keep(agent.run if entry == "threads" else lambda p: on_loop(agent.arun(p)))

            ask, ask_new = asking(slow_agent), asking(fast_agent)
            begun, begin = slow.requests, time.perf_counter()
            _ask_each(ask, [i % PROMPTS for i in range(RUNS)])
            seconds, requests = time.perf_counter() - begin, slow.requests - begun
            unique = cpu_a_run(lambda count: _ask_each(ask_new, range(count)), size)
        return {"seconds": seconds, "requests": requests, "unique": unique}

    yield lambda: side(lambda ask: ask), lambda: side(functools.lru_cache(maxsize=1024))


def _ask_each(ask: Callable[[str], str], requests: Iterable[int]) -> None:
    for request in requests:
        check_reply(ask(prompt_of(request)), reply_of(request))


def built_once(runtime: Runtime) -> Iterator[Sides]:
    """Runs with one tool call, the model in process."""
    entry = entry_of(runtime)
    model = model_of(0.0, tool_rounds=1)  # one: making it is not the framework's work
    new = functools.partial(runtime.agent, model)
    size = batch_size(drivers.repeat(new(), entry), BATCH)

    def side(build: Callable[[], Agent]) -> Figures:
        with asyncio.Runner() as runner:
            run = drivers.repeat(Built(build), entry, runner.run)
            run(1)
            return {"cpu_seconds": cpu_a_run(run, size)}

    yield lambda: side(new), lambda: side(functools.cache(new))


# Adapters of one's own are found. Taken now, because some frameworks change it when imported.
_PATH = os.pathsep.join(sys.path)

# Its own memory is read while it waits for its input to end.
_PROGRAM = """
import sys
for name in sys.argv[1:]:
    __import__(name)
import time
print(time.process_time(), flush=True)
sys.stdin.read()
"""


def _started(imports: Iterable[str]) -> tuple[float, float]:
    """CPU seconds and bytes of resident memory of a program that has imported what it needs."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *imports],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": _PATH},
        text=True,
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        line = child.stdout.readline()
        memory = float(psutil.Process(child.pid).memory_info().rss) if line else 0.0
        child.stdin.close()
    if not line or child.returncode:
        raise RunFailed(f"the program ended with {child.returncode}")
    return float(line), memory


def lazy(runtime: Runtime) -> Iterator[Sides]:
    """New processes: a program that needs no agent, and one that does."""
    if not runtime.imports:
        raise NotImplementedError(f"{runtime.name} names no modules that a program imports")

    def side(unneeded: Iterable[str]) -> Figures:
        cpu, memory = _started(unneeded)
        needed, _ = _started(runtime.imports)
        return {"cpu_seconds": cpu, "bytes": memory, "needed": needed}

    yield lambda: side(runtime.imports), lambda: side(())


def untraced(runtime: Runtime) -> Iterator[Sides]:
    """Runs with one tool call; spans stay in memory, so what sending them costs comes on top."""
    model = model_of(0.0, tool_rounds=1)
    run = drivers.repeat(runtime.agent(model), entry_of(runtime))
    size = batch_size(run, BATCH)

    def off() -> Figures:
        model.restart()
        cpu = cpu_a_run(run, size)
        check_requests(model, size)
        return {"cpu_seconds": cpu}

    def on() -> Figures:
        with recorded(runtime, size):
            return off()

    on()  # loads what tracing needs, or says why there is none
    yield on, off
