"""The verb `concurrency`: its arguments, and how reports are shown."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable

from harness import runtimes
from harness.common import options, quantities
from harness.instruments.arrivals.drivers import ENTRIES
from harness.tools.concurrency.report import FAILED, NOT_APPLICABLE, Report
from harness.tools.concurrency.suite import AT_ONCE, suite

_ROW = "{:<20} {:<8} {:>7} {:>7} {:>8}  {:<8}  {}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `concurrency`."""
    options.add_runtime(parser)
    options.add_entry(parser, ENTRIES, "both")
    parser.add_argument(
        "--at-once",
        type=quantities.argument(quantities.listed(quantities.count)),
        default=AT_ONCE,
        metavar="N,N,...",
        help=f"runs at the same time (default: {','.join(map(str, AT_ONCE))})",
    )
    parser.add_argument(
        "--interleavings",
        type=quantities.argument(quantities.count),
        default=40,
        metavar="N",
        help="of the race hunt (default: 40)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run all checks: 0 none failed, 1 some did. ValueError where nothing could be checked."""
    runtime = runtimes.load(arguments.runtime)
    try:
        runtime.load()
    except (NotImplementedError, ImportError) as error:
        raise ValueError(f"{arguments.runtime} cannot be checked: {error}") from error
    entries = [arguments.entry] if arguments.entry else ENTRIES
    found = suite(runtime, entries, arguments.at_once, arguments.interleavings, arguments.seed)
    reports = _table(found) if arguments.format == "table" else _json(found)
    if all(report.verdict == NOT_APPLICABLE for report in reports):
        raise ValueError(f"nothing could be checked: {reports[0].evidence[0]}")
    return int(any(report.verdict == FAILED for report in reports))


def _table(found: Iterable[Report]) -> list[Report]:
    """Print a row a report as it comes, then all the evidence of what failed."""
    print(_ROW.format("check", "entry", "at once", "runs", "failures", "verdict", "evidence"))
    reports = []
    for each in found:
        reports.append(each)
        first = each.evidence[0] if each.evidence else ""
        figures = (each.check, each.entry, each.at_once, each.runs, each.failures, each.verdict)
        print(_ROW.format(*figures, first), flush=True)
    for each in reports:
        if each.verdict == FAILED:
            print(f"\n{each.check}, {each.entry}, {each.at_once} at once:")
            print("\n".join(f"  {line}" for line in each.evidence))
    return reports


def _json(found: Iterable[Report]) -> list[Report]:
    """Print a JSON list of reports; progress goes to stderr."""
    reports = []
    for each in found:
        reports.append(each)
        print(f"{each.check}, {each.entry}: {each.verdict}", file=sys.stderr)
    print(json.dumps([dataclasses.asdict(each) for each in reports], indent=2))
    return reports
