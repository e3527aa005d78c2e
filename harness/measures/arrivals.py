"""Measures of runs that arrive when they arrive, whether earlier ones are done or not.

Latency is counted from the moment a run was due. The generator must keep to its schedule for
that to mean anything: on a machine that is busy elsewhere it cannot, so the same schedule is
first driven with an agent that does nothing. How late *that* is called is the generator's own
lateness; with more than MAX_LATENESS of it the load has no figures. (How late the
runtime's runs are called is no such sign: a run that blocks the event loop delays the next ones,
and that belongs to their latency.)
"""

from __future__ import annotations

import functools

from harness.instruments.arrivals import drivers, lateness
from harness.instruments.work import check_requests, model_of, warm
from harness.measures import Figures, measure
from harness.measures.timings import tails
from harness.runtimes.base import Agent, Runtime
from harness.workload import schedules
from harness.workload.model import Model
from harness.workload.script import Script, reply_of, request_of

LATENCY = 0.02
"""Model latency of every run, seconds."""

MAX_LATENESS = lateness.allowed(LATENCY)
"""Seconds of lateness beyond which a load was not the one asked for."""

SECONDS = 0.2
SHAPES = {
    "constant": schedules.constant(200, SECONDS),
    "ramp_up": schedules.ramp_up(400, SECONDS),
    "spike": schedules.spike(100, 600, SECONDS),
    "step": schedules.step([100, 200, 300], SECONDS),
}
"""Short loads of 40 requests, about 200 a second: due times in seconds."""


class _Idle(Agent):
    """Replies at once."""

    def run(self, prompt: str) -> str:
        return reply_of(request_of(prompt))

    async def arun(self, prompt: str) -> str:
        return self.run(prompt)


@functools.cache
def generator_lateness(entry: str, shape: str) -> float:
    """The generator's own lateness (p95 of 40 runs), seconds; measured once a process."""
    due = SHAPES[shape]
    batch = drivers.concurrent(_Idle(), Script(), entry, range(len(due)), due)
    return lateness.judged(batch.ensure_ok().lateness)[1]


def _driven(runtime: Runtime, entry: str, due: list[float]) -> tuple[drivers.Batch, Model]:
    model = model_of(LATENCY)
    agent = warm(runtime, entry, model)
    return drivers.concurrent(agent, model.script, entry, range(len(due)), due), model


@measure
def under_load(runtime: Runtime, entry: str, shape: str) -> Figures:
    """Added latency (p50, p95, p99), CPU seconds per request, failed runs of all, how many, and
    the lateness.

    Where some runs fail, or the generator was late, only the last three.
    """
    late = generator_lateness(entry, shape)
    batch, model = _driven(runtime, entry, SHAPES[shape])
    count = len(batch.latencies)
    figures = {"error_rate": batch.error_rate, "runs": float(count), "lateness": late}
    if 0 < batch.error_rate < 1 or late > MAX_LATENESS:
        return figures
    figures |= tails(batch) | {"cpu_per_request": batch.cpu / count}
    check_requests(model, count)
    return figures


@measure
def cpu_share(runtime: Runtime, entry: str, rate: float = 50, seconds: float = 0.4) -> Figures:
    """CPU of the process as a share of one core, while runs arrive at `rate` a second."""
    batch, model = _driven(runtime, entry, schedules.constant(rate, seconds))
    batch.ensure_ok()
    check_requests(model, len(batch.latencies))
    return {"share": batch.cpu / batch.wall}
