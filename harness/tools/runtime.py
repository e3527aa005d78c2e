"""On whom a verb works: the options that say it, and whether the framework is there."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from harness import runtimes
from harness.common import children
from harness.instruments.arrivals.drivers import ENTRIES

START = 120.0
"""Seconds within which an interpreter answers what it has."""


class NotInstalled(ValueError):
    def __init__(self, package: str, line: str) -> None:
        super().__init__(line)
        self.package = package


Beside = Callable[[argparse.Namespace], Sequence[str]]
"""The packages that a verb needs beside the framework, from its arguments."""


def add_options(
    parser: argparse.ArgumentParser, one_of: Any = None, beside: Beside = lambda arguments: ()
) -> None:
    """`--runtime` and `--python`, and the release or commit that is installed for the verb.

    one_of: the group that `--runtime` is in, if it is in one. beside: what is installed with it.
    """
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
    of = parser.add_argument_group("any release or commit, in an environment that is made for it")
    which = of.add_mutually_exclusive_group()
    which.add_argument("--release", metavar="NAME==VERSION", help="such as agno==3.1.10")
    which.add_argument("--commit", metavar="HASH", help="of a target whose history is commits")
    of.add_argument(
        "--target", metavar="NAME", help="configuration in targets/ (default: the package's)"
    )
    of.add_argument(
        "--build", action="store_true", help="also packages without a wheel, which runs their code"
    )
    parser.set_defaults(beside=beside)


def add_entry(parser: argparse.ArgumentParser, otherwise: str, **settings: Any) -> None:
    """`--entry`: how an agent is called. otherwise: what is done without it."""
    text = f"how an agent is called (default: {otherwise})"
    parser.add_argument("--entry", choices=ENTRIES, help=text, **settings)


def interpreter(runtime: str, python: str | None) -> str:
    """The interpreter to use, which has the runtime; ValueError, one line, if it has not."""
    python = children.interpreter(python)
    order = {"runtime": runtime}
    try:
        answer = children.call("harness.tools.runtime:about", order, limit=START, python=python)
    except children.ChildFailed as error:
        raise ValueError(f"{python}: {error}") from None
    if "package" in answer:
        raise NotInstalled(answer["package"], answer["error"])
    if "error" in answer:
        raise ValueError(answer["error"])
    return python


def about(runtime: str) -> dict[str, str]:
    """The version of a runtime's package in this interpreter, or the `error` why there is none;
    `package`, if it is only not installed."""
    try:
        loaded = runtimes.load(runtime)
    except ValueError as error:
        return {"error": " ".join(str(error).split())}
    try:
        return {"version": loaded.version()}
    except ImportError as error:
        return {"error": " ".join(str(error).split()), "package": loaded.package}
