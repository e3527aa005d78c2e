"""What timed benchmarks share: the framework is there, each process warms up."""

import asyncio
import contextlib
import sys
from functools import cache

from harness.common.stats import FEWEST_PROCESSES
from harness.instruments import steady
from harness.runtimes import load

from .declared import RUNTIME, Parametrized, skip, version


def runtime_of(name):
    """The runtime, with its framework imported; NotImplementedError if it does not import."""
    runtime = load(name)
    runtime.load()
    return runtime


@cache
def event_loop():
    """One event loop per benchmark process."""
    return asyncio.new_event_loop()


def on_loop(coroutine):
    """Run a coroutine on the process's event loop."""
    event_loop().run_until_complete(coroutine)


class Ready:
    """Unpickled, it has imported the framework, unless the floor is timed.

    asv loads what `setup_cache` returned before it starts its clock. An import in the first
    timed call would make asv settle for one call per sample; so would a `setup` method, which
    asv_runner repeats before every call.
    """

    def __reduce__(self):
        return _ready, ()


def _ready():
    # Which parameters are timed only asv's function knows, which unpickles this.
    benchmark = sys._getframe(1).f_locals.get("benchmark")
    if "floor" not in getattr(benchmark, "_current_params", ()):
        # A framework that does not import makes the benchmark n/a.
        with contextlib.suppress(NotImplementedError):
            runtime_of(RUNTIME)
    steady.look()
    return Ready()


class Timed(Parametrized):
    """Base of timed classes: the framework is there, each process warms up, many processes."""

    version = version(3)
    sample_time = 0.02
    warmup_time = 0.05
    rounds = FEWEST_PROCESSES
    repeat = 2  # as many in each process, so that what is read can be told by process

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
