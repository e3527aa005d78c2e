"""What the questions share: who is measured, how a figure is handed to asv, n/a with reasons."""

import asyncio
import math
import os
import sys
from functools import cache

from asv_runner.benchmarks.mark import SkipNotImplemented

from harness import PROTOCOL
from harness.drivers import MODES, caller
from harness.model import Model
from harness.runtimes import load, selected
from harness.script import Script

SUBJECT = selected().name
RUNTIME = os.environ["AGENT_RUNTIME"]
RUNTIMES = [RUNTIME] if SUBJECT == "floor" else [RUNTIME, "floor"]
ENTRIES = list(MODES)


def version(own):
    """A benchmark's version: its own number and the protocol of the harness."""
    return f"{own} (protocol {PROTOCOL})"


def skip(reason):
    """Leave the benchmark as n/a; the reason goes to its captured output, kept as a note."""
    print(f"n/a: {reason}", file=sys.stderr, flush=True)
    raise SkipNotImplemented(str(reason))


def samples(measured, cell, figure):
    """The figure's samples in asv's form: it adds an interval and tests differences with them."""
    try:
        values = measured.samples(cell, figure)
    except NotImplementedError as reason:
        skip(reason)
    return {"samples": [v if math.isfinite(v) else math.nan for v in values], "number": 1}


def exact(measured, cell, figure):
    """A counted figure: one number, compared exactly, because it has no noise."""
    try:
        (value,) = measured.samples(cell, figure)
    except NotImplementedError as reason:
        skip(reason)
    return float(value)


def prepared(build):
    """Cache what `build(*args)` returns and turn NotImplementedError into n/a.

    Benchmarks build what they time on their first call, which asv spends on warming up: with
    a `setup` method asv_runner would take one call per sample only.
    """

    @cache
    def once(*args):
        try:
            return build(*args)
        except NotImplementedError as reason:
            return reason

    def get(*args):
        result = once(*args)
        if isinstance(result, NotImplementedError):
            skip(result)
        return result

    return get


@cache
def event_loop():
    """One event loop per benchmark process."""
    return asyncio.new_event_loop()


def runtime_of(name):
    """The runtime, with its framework imported; NotImplementedError if it does not import."""
    runtime = load(name)
    runtime.load()
    return runtime


@prepared
def one_run(name, entry, tool_rounds):
    """A callable that makes one checked run without injected latency (already tried once)."""
    agent = runtime_of(name).agent(Model(Script(tool_rounds=tool_rounds)))
    call = caller(agent, entry, event_loop() if entry == "asyncio" else None)
    call()
    return call
