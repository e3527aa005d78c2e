"""Measures of streamed replies: when the first piece arrives, and how the others follow.

Time to first token (TTFT) is counted from the moment a run was due; inter-token latency (ITL) is
(last - first) / (n - 1) over the n pieces of a reply. Both are given as *added*: less what the
model takes itself. A run whose pieces are not those of its script, all and in order, fails.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

from harness.common.stats import percentile
from harness.instruments import virtual_clock
from harness.instruments.arrivals.base import TICK, Clock
from harness.instruments.arrivals.drivers import arrivals, turns
from harness.instruments.arrivals.kinds import WrongReply
from harness.instruments.counters.counts import calls_by_function
from harness.instruments.counters.functions import Located
from harness.instruments.work import check_requests
from harness.measures import Figures, measure
from harness.measures.servers import served
from harness.runtimes.base import Agent, Runtime
from harness.workload.model import Model
from harness.workload.script import PerRequest, Script, prompt_of

LATENCY = 0.02
PIECES = 20
RUNS = 15
SPACING = 0.02
WARM_UP = 5
"""Runs that come first, without model latency, and are not measured."""

Times = tuple[float, float]
"""Added TTFT and added ITL of one run, seconds."""


WAYS: dict[str, Callable[[Script], contextlib.AbstractContextManager[Model]]] = {
    "in process": lambda script: contextlib.nullcontext(Model(script)),
    "http": served,
}


def latency_of(gap: float) -> float:
    """With a gap the model has a latency, and the runs overlap."""
    return LATENCY if gap else 0.0


def script_of(latency: float, gap: float, count: int = RUNS) -> Script:
    """Warm-up runs, then `count` runs of PIECES pieces."""
    waits = PerRequest((0.0,) * WARM_UP + (latency,) * count)
    return Script(latency=waits, chunks=PIECES, gap=gap)


async def one(agent: Agent, script: Script, request: int, due: float, clock: Clock) -> Times:
    """One streamed run, begun when it is `due`; WrongReply unless every piece came as it should."""
    if (wait := due - clock()) > TICK:
        await asyncio.sleep(wait)
    moments, pieces = [], []
    async for piece in agent.astream(prompt_of(request)):
        moments.append(clock())
        pieces.append(piece)
    if tuple(pieces) != script.pieces(request):
        raise WrongReply(f"request {request}: streamed {pieces}, not {script.pieces(request)}")
    first = moments[0] - due - script.latency.seconds(request, 0)
    return first, (moments[-1] - moments[0]) / (len(moments) - 1) - script.gap


async def _batch(agent: Agent, script: Script, count: int, spacing: float) -> Sequence[Times]:
    """`count` runs, begun `spacing` seconds apart; one after another if that is 0."""
    clock = asyncio.get_running_loop().time
    for request in range(WARM_UP):
        await one(agent, script, request, clock(), clock)
    requests = range(WARM_UP, WARM_UP + count)
    if not spacing:
        return [await one(agent, script, request, clock(), clock) for request in requests]
    due = [place * spacing for place in range(count)]
    times: list[Times] = [(0.0, 0.0)] * count
    failures: list[Exception] = []

    async def call(place: int) -> None:
        begin = engine.begin + due[place]
        try:
            times[place] = await one(agent, script, requests[place], begin, clock)
        except Exception as error:
            failures.append(error)

    engine = arrivals(call, due, clock)
    await engine.run()
    if failures:
        raise failures[0]
    return times


@measure
def streamed(
    runtime: Runtime,
    entry: str,
    way: str,
    gap: float,
    latency: float | None = None,
    count: int = RUNS,
) -> Figures:
    """Added TTFT and ITL (p50, p95); `entry` is always "asyncio".

    way: where the model answers, "in process" or "http". Without a gap runs follow one another,
    with it they begin SPACING seconds apart, so that they overlap. latency: else `latency_of(gap)`.
    """
    latency = latency_of(gap) if latency is None else latency
    with WAYS[way](script_of(latency, gap, count)) as model:
        agent = runtime.agent(model)
        times = asyncio.run(_batch(agent, model.script, count, spacing=SPACING if gap else 0.0))
        check_requests(model, WARM_UP + count)
    return {
        f"added_{name}_p{p}": percentile(values, p)
        for name, values in zip(("ttft", "itl"), zip(*times, strict=True), strict=True)
        for p in (50, 95)
    }


@measure
def virtual_streamed(
    runtime: Runtime, entry: str, gap: float, latency: float, count: int = RUNS
) -> Figures:
    """Greatest added TTFT and ITL on a virtual clock, of runs that overlap: structure only."""
    script = script_of(latency, gap, count)
    agent = runtime.agent(Model(script))
    times = virtual_clock.run(_batch(agent, script, count, spacing=SPACING))
    # To the microsecond, which is how finely the virtual clock ticks.
    ttft, itl = (round(max(values), 6) + 0.0 for values in zip(*times, strict=True))
    return {"added_ttft": ttft, "added_itl": itl}


@measure
def calls_streamed(runtime: Runtime, entry: str) -> Located:
    """Python calls of one streamed run of PIECES pieces, in process."""
    script = Script(chunks=PIECES)
    agent = runtime.agent(Model(script))

    async def arun(runs: int | Iterable[object]) -> None:
        clock = asyncio.get_running_loop().time
        for _ in turns(runs):
            await one(agent, script, 1, clock(), clock)

    functions = calls_by_function(lambda runs: asyncio.run(arun(runs)))
    return Located({"calls": float(functions.total())}, functions)
