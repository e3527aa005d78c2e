"""The verb `concurrency`: its arguments, and how reports are shown."""

import argparse
import dataclasses
from collections.abc import Iterator

from harness.common import options, quantities
from harness.common.children import Child, ChildFailed
from harness.common.numbers import number
from harness.instruments.arrivals.drivers import ENTRIES
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools import runtime
from harness.tools.concurrency.check import FAILED, NOT_APPLICABLE, Report
from harness.tools.concurrency.worker import AT_ONCE

TIMEOUT = 3600.0
"""Seconds for all checks."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runtime.add_options(parser)
    runtime.add_entry(parser, "both")
    parser.add_argument(
        "--at-once",
        type=quantities.argument(quantities.listed(quantities.count)),
        default=AT_ONCE,
        metavar="N,N,...",
        help=f"runs at the same time (default: {','.join(map(str, AT_ONCE))})",
    )
    options.add_count(parser, "--interleavings", 40, "of the race hunt (default: 40)")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    options.add_outputs(parser, json="all reports")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run all checks: 0 none failed, 1 some did. ValueError where nothing could be checked."""
    outputs = options.Outputs(arguments)
    python = runtime.interpreter(arguments.runtime, arguments.python)
    reports = []
    for each in _reports(arguments, python):
        if each.verdict != NOT_APPLICABLE:
            options.progress(f"{_what(each)}: {each.verdict}")
        reports.append(each)
    if all(report.verdict == NOT_APPLICABLE for report in reports):
        raise ValueError(f"nothing could be checked: {reports[0].evidence[0]}")
    print(_text(reports), file=outputs.people)
    outputs.write(json=lambda: options.as_json([dataclasses.asdict(each) for each in reports]))
    return int(any(report.verdict == FAILED for report in reports))


def _reports(arguments: argparse.Namespace, python: str) -> Iterator[Report]:
    """Reports as they come; a check that takes the process down is the last that failed."""
    order = {
        "runtime": arguments.runtime,
        "entries": [arguments.entry] if arguments.entry else ENTRIES,
        "counts": arguments.at_once,
        "interleavings": arguments.interleavings,
        "seed": arguments.seed,
    }
    report = None
    with Child("harness.tools.concurrency.worker:perform", order, python=python) as child:
        try:
            for fields in child.reports(TIMEOUT):
                report = Report(**fields)
                yield report
        except (NotImplementedError, ChildFailed) as error:
            if report is None:
                raise ValueError(f"{arguments.runtime} cannot be checked: {error}") from None
            yield Report("next check", report.entry, 0, 0, 1, FAILED, (str(error),))


def _what(report: Report) -> str:
    return f"{report.check}, {report.entry}, {number(report.at_once)} at once"


def _text(reports: list[Report]) -> str:
    """A row a report, and at the end all about what failed."""
    head = ("check", "entry", "at once", "runs", "failures", "verdict", "evidence")
    rows = []
    for each in reports:
        counts = map(number, (each.at_once, each.runs, each.failures))
        rows.append([each.check, each.entry, *counts, each.verdict, *(each.evidence or ("",))[:1]])
    lines = [plain(head, rows)]
    for each in reports:
        if each.verdict == FAILED:
            lines += [f"\n{_what(each)}:", *(f"  {line}" for line in each.evidence)]
    return wrap("\n".join(lines))
