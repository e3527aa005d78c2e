"""`load --find-capacity`: its options, and what it does with them."""

import argparse
from collections.abc import Callable
from typing import IO

from harness.common import options
from harness.common.files import whole
from harness.tools.load import place
from harness.tools.load.capacity import find, report

BUDGET = 150.0
"""Seconds that a search takes at most, where nothing else is said."""

WRITERS: dict[str, Callable[[report.Report, IO[str]], None]] = {
    "json": report.write_json,
    "csv": report.write_csv,
    "html": report.write_html,
}

_NOT_WITH = ("soak", "users", "requests", "peak", "rates", "hdr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    this = parser.add_argument_group("the highest rate that meets the service levels of --slo")
    this.add_argument(
        "--find-capacity",
        action="store_true",
        help="look for it upwards from --rate, in steps of --duration at most",
    )
    options.add_time(this, "--budget", help="ends the search (default: 150s)")


def is_asked(arguments: argparse.Namespace) -> bool:
    """Whether a search is meant. Raises ValueError for what does not go with it, or without."""
    if not arguments.find_capacity:
        if arguments.budget is not None:
            raise ValueError("--budget goes with --find-capacity")
        return False
    if wrong := next((name for name in _NOT_WITH if getattr(arguments, name) is not None), None):
        raise ValueError(f"--{wrong} does not go with --find-capacity")
    if arguments.shape not in (None, "constant", "poisson"):
        raise ValueError("--find-capacity is for --shape constant or poisson")
    if "latency" not in {slo.group for slo in arguments.slo}:
        raise ValueError("--find-capacity needs a latency in --slo, such as p95=300ms")
    for slo in arguments.slo:
        if slo.name in ("throughput", "goodput"):
            raise ValueError(
                f"SLO {slo.name!r} is no limit on a capacity: it is what is looked for"
            )
    return True


def search(arguments: argparse.Namespace) -> int:
    """Look for the capacity and report it. Raises ValueError for bad input, before it."""
    arguments.budget = BUDGET if arguments.budget is None else arguments.budget
    _affordable(arguments)
    outputs = options.Outputs(arguments)
    on, found = place.made(
        arguments,
        lambda on, tell: find.find(on, arguments, options.progress),
        arguments.budget + arguments.drain,
    )
    made = report.Report(on, found, arguments.shape or "constant", arguments.budget)
    print(report.text(made), file=outputs.people)
    for name, path in outputs.paths.items():
        with whole(path) as file:
            WRITERS[name](made, file)
    return made.status


def _affordable(arguments: argparse.Namespace) -> None:
    """Whether steps at --rate, and those near the edge, fit into the budget."""
    rate = find.RATE if arguments.rate is None else arguments.rate
    longest = arguments.budget / find.LONGEST
    if not 0 < rate <= find.MOST:
        raise ValueError(f"rate must be a positive number up to {find.MOST:,.0f}, not {rate}")
    needed = find.fewest(arguments.slo)
    if needed > rate * longest:
        least = needed / longest
        raise ValueError(
            f"{rate:g} requests a second are too few for {needed} of them in a step:"
            f" --rate {least:.3g} or more, or a longer --budget"
        )
    if not 0 < arguments.duration <= longest:
        raise ValueError(
            f"steps of --duration {arguments.duration:g}s do not fit into a --budget of"
            f" {arguments.budget:g}s: {longest:g}s at most"
        )
