"""On whom a verb works: the options that say it, and whether the framework is there."""

import argparse
from typing import Any

from harness import runtimes
from harness.common import children
from harness.instruments.arrivals.drivers import ENTRIES

START = 120.0
"""Seconds within which an interpreter answers what it has."""


def add_options(parser: argparse.ArgumentParser, one_of: Any = None) -> None:
    """`--runtime` and `--python`. one_of: the group that `--runtime` is in, if it is in one."""
    (one_of or parser).add_argument(
        "--runtime",
        default="floor",
        metavar="NAME",
        help="a runtime's name, or module:Class (default: floor)",
    )
    parser.add_argument(
        "--python",
        metavar="FILE",
        help="interpreter of the environment that has the framework (default: this one)",
    )


def add_entry(parser: argparse.ArgumentParser, otherwise: str, **settings: Any) -> None:
    """`--entry`: how an agent is called. otherwise: what is done without it."""
    text = f"how an agent is called (default: {otherwise})"
    parser.add_argument("--entry", choices=ENTRIES, help=text, **settings)


def interpreter(arguments: argparse.Namespace) -> str:
    """The interpreter to use, which has the runtime; ValueError, one line, if it has not."""
    python = children.interpreter(arguments.python)
    order = {"runtime": arguments.runtime}
    try:
        answer = children.call("harness.tools.runtime:about", order, limit=START, python=python)
    except children.ChildFailed as error:
        raise ValueError(f"{python}: {error}") from None
    if "error" in answer:
        raise ValueError(answer["error"])
    return python


def about(runtime: str) -> dict[str, str]:
    """The version of a runtime's package in this interpreter, or the `error` why there is none."""
    try:
        return {"version": runtimes.load(runtime).version()}
    except (ValueError, ImportError) as error:
        return {"error": " ".join(str(error).split())}
