"""The half of `load` that makes it, in the interpreter that has the framework."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from harness.common import child, children
from harness.common.local import pack, unpack
from harness.common.options import progress
from harness.instruments.arrivals import shapes
from harness.tools.load import run, target
from harness.tools.load.capacity import find
from harness.tools.load.soak import making

START = 120.0
"""Seconds for what is not the load: starting, importing the framework, handing over records."""


def perform(arguments: dict[str, Any]) -> dict[str, Any]:
    """Make a load, reported once a second, a search, reported after each step, or a soak.

    What was made, packed, or why it was `refused`.
    """
    given = argparse.Namespace(**arguments)
    given.slo = unpack(given.slo)
    made: run.Outcome | find.Found | None = None
    try:
        with target.of_arguments(given) as on:
            if given.soak is not None:
                making.make(on, given, child.tell)
            elif given.find_capacity:
                made = find.find(on, given, child.tell)
            else:
                made = run.run(on, shapes.plan(given)[0], child.tell)
    except ValueError as error:
        return {"refused": str(error)}
    return {"made": pack((on.name, on.injected, made))}


def remote(
    arguments: argparse.Namespace, python: str, seconds: float, tell: run.Tell
) -> tuple[target.Target, Any]:
    """What another interpreter made within so many seconds: an outcome, or what a search found.

    Raises ValueError for what it refused.
    """
    # The model server of --over-http needs more than that interpreter may have.
    env = {"HARNESS_PYTHON": os.environ.get("HARNESS_PYTHON", sys.executable)}
    here = ("run", "beside", *arguments.formats)  # what is done with the outcome
    order = {name: value for name, value in vars(arguments).items() if name not in here}
    order["slo"] = pack(arguments.slo)
    report: Any = {}
    child = children.Child(f"{__name__}:perform", {"arguments": order}, python=python, env=env)
    with child, _passed_on(child):
        for report in child.reports(seconds + START):
            if isinstance(report, list):
                tell(run.Second(*report))
            elif isinstance(report, str):
                progress(report)
    if "refused" in report:
        raise ValueError(report["refused"])
    name, injected, outcome = unpack(report["made"])
    return target.Target(name, injected=injected), outcome


@contextlib.contextmanager
def _passed_on(child: children.Child) -> Iterator[None]:
    """Ctrl-C and SIGTERM go to the child, which stops as a load of this process would."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, pass_on) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
