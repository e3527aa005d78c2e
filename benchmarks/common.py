"""What the questions share: who is measured, how a figure is handed to asv, n/a with reasons."""

import asyncio
import contextlib
import itertools
import math
import os
import sys
from functools import cache

from asv_runner.benchmarks.mark import SkipNotImplemented

from harness import PROTOCOL
from harness.instruments.arrivals import drivers
from harness.runtimes import load

RUNTIME = os.environ.get("AGENT_RUNTIME", "floor")
RUNTIMES = [RUNTIME] if RUNTIME == "floor" else [RUNTIME, "floor"]
ENTRIES = list(drivers.ENTRIES)


def version(own):
    """A benchmark's version: its own number and the protocol of the harness."""
    return f"{own} (protocol {PROTOCOL})"


def figure(unit, grade):
    """Mark a `track_` benchmark with its unit and its grade of evidence.

    grade: "counts", "virtual", "ratios" or "absolutes"; kept in asv's list of benchmarks.
    """

    def mark(benchmark):
        benchmark.unit, benchmark.grade = unit, grade
        return benchmark

    return mark


def grid(*axes):
    """Every combination, the runtime varying fastest: framework and floor side by side."""
    return [(runtime, *rest) for rest in itertools.product(*axes) for runtime in RUNTIMES]


def skip(reason):
    """Leave the benchmark as n/a; the reason goes to its captured output, kept as a note."""
    print(f"n/a: {reason}", file=sys.stderr, flush=True)
    raise SkipNotImplemented(str(reason))


def look_up(measured, cell, figure):
    """Samples of a figure of a session; n/a where the runtime cannot do it."""
    try:
        return measured.samples(cell, figure)
    except NotImplementedError as reason:
        skip(reason)


def samples(measured, cell, figure, factor=1.0):
    """The figure's samples in asv's form: it adds an interval and tests differences with them."""
    values = [tidy(factor * value) for value in look_up(measured, cell, figure)]
    return {"samples": values, "number": 1}


def valid(measured, cell, figure, otherwise):
    """As `samples`, of the valid processes; n/a, because of `otherwise`, if most were not.

    A process gives NaN for what it could not measure as it should.
    """
    values = look_up(measured, cell, figure)
    kept = [tidy(value) for value in values if not math.isnan(value)]
    if 2 * len(kept) <= len(values):
        skip(f"invalid in {len(values) - len(kept)} of {len(values)} processes: {otherwise}")
    return {"samples": kept, "number": 1}


def exact(measured, cell, figure):
    """A counted figure: one number, compared exactly, because it has no noise."""
    (value,) = look_up(measured, cell, figure)
    return float(value) if math.isfinite(value) else math.nan


def tidy(value):
    """Five significant digits, as much as any table can show; NaN for what is not finite."""
    return float(f"{value:.5g}") if math.isfinite(value) else math.nan


def runtime_of(name):
    """The runtime, with its framework imported; NotImplementedError if it does not import."""
    runtime = load(name)
    runtime.load()
    return runtime


@cache
def event_loop():
    """One event loop per benchmark process."""
    return asyncio.new_event_loop()


def caller(function, entry):
    """`function` as a plain callable; a coroutine function runs on the process's event loop."""
    if entry == "threads":
        return function
    loop = event_loop()
    return lambda: loop.run_until_complete(function())


class Ready:
    """Unpickled, it has imported the framework.

    asv loads what `setup_cache` returned before it starts its clock. An import in the first
    timed call would make asv settle for one call per sample; so would a `setup` method, which
    asv_runner repeats before every call.
    """

    def __reduce__(self):
        return _ready, ()


def _ready():
    # A framework that does not import is told about by the benchmark, as n/a.
    with contextlib.suppress(NotImplementedError):
        runtime_of(RUNTIME)
    return Ready()


class Timed:
    """Base of timed classes: the framework is there, each process warms up, many processes."""

    sample_time = 0.02
    warmup_time = 0.05
    repeat = (2, 3, 0.2)

    def setup_cache(self):
        return Ready()


def prepared(build):
    """`build(*args)` makes the callable to time; it is made, and called once, per process.

    Benchmarks prepare on their first call, which is part of asv's warm-up. A callable raises
    when its run fails.
    """

    @cache
    def once(*args):
        try:
            call = build(*args)
            call()
        except NotImplementedError as error:
            reason = str(error)  # `error` itself is gone when this block ends
            return lambda: skip(reason)
        return call

    return once
