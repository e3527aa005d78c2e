"""The verb `check`: its arguments, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.check import run
from harness.check.machine_formats import as_json, as_junit
from harness.check.table import markdown, table
from harness.common import options
from harness.results.target import opened

FORMATS = {"json": as_json, "junit": as_junit, "markdown": markdown, "table": table}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `check`."""
    parser.add_argument("base", nargs="?", help="tag, hash or baseline (default: the one before)")
    parser.add_argument("head", nargs="?", help="tag, hash or baseline (default: the newest)")
    parser.add_argument(
        "--slo", type=Path, metavar="FILE", help="limits and thresholds (default: slo.toml)"
    )
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")
    parser.add_argument("--all", action="store_true", help="also show rows without a finding")
    options.add_results(parser)
    options.add_outputs(parser, json="what --format json prints, beside what is printed")
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    slo = arguments.slo and arguments.slo.resolve()
    outputs = options.Outputs(arguments)
    with opened(arguments.config) as target:
        report = run.check(target, arguments, slo)
    print(FORMATS[arguments.format](report, arguments.all), file=outputs.people)
    outputs.write(json=lambda: as_json(report, arguments.all) + "\n")
    return report.status
