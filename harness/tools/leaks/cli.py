"""The verb `leaks`: which scenarios of a runtime hold on to something."""

import argparse
import time
from collections.abc import Sequence
from typing import Any

from harness.common import options
from harness.common.children import attempt
from harness.common.numbers import quantity
from harness.instruments.arrivals.drivers import ENTRIES
from harness.instruments.leaks.report import DEFECT, LEAK, NO_LEAK, NOT_ENOUGH
from harness.instruments.leaks.scenarios import BY_NAME, SCENARIOS
from harness.instruments.leaks.study import USUAL
from harness.rendering.lines import wrap
from harness.tools import runtime

FEWEST = 50

WORKER = "harness.tools.leaks.worker:perform"
TIMEOUT = 1800.0
"""Seconds that one scenario may take."""

NOT_MEASURED, FAILED = "not measured", "failed"
VERDICTS = {0: "no leak found", 1: "no leak, but defects", 3: "no verdict on everything"}

Result = dict[str, Any]
ROW: Result = dict.fromkeys(("scenario", "entry", "verdict", "reason", "version"), "")
ROW |= {"report": None, "text": ""}
"""What became of one scenario: the verdict, a reason where there is no report."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Repeats each scenario in a separate process and says what goes on growing."
    runtime.add_options(parser)
    runtime.add_entry(parser, "both")
    parser.add_argument(
        "--scenario",
        action="append",
        choices=sorted(SCENARIOS),
        help=f"may be given several times (default: all but {', '.join(sorted(BY_NAME))})",
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=USUAL,
        metavar="N",
        help=f"of a scenario, {FEWEST} or more (default: {USUAL})",
    )
    options.add_outputs(parser, json="everything")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Study, show, and tell the exit status."""
    if arguments.runs < FEWEST:
        raise ValueError(f"--runs must be {FEWEST} or more, not {arguments.runs}")
    outputs = options.Outputs(arguments)
    python = runtime.interpreter(arguments.runtime, arguments.python)
    entries = [arguments.entry] if arguments.entry else ENTRIES
    names = arguments.scenario or [name for name in SCENARIOS if name not in BY_NAME]
    pairs = [(name, entry) for name in names for entry in entries]
    results = []
    for number, (scenario, entry) in enumerate(pairs, 1):
        options.progress(f"{number} of {len(pairs)}: {scenario}/{entry} ...")
        begin = time.perf_counter()
        order = {"runtime": arguments.runtime, "runs": arguments.runs}
        results.append(study(order | {"scenario": scenario, "entry": entry}, python))
        took = quantity(time.perf_counter() - begin, "seconds")
        options.progress(f"  {results[-1]['verdict']}{_reason(results[-1])}  {took}")
    code = status(results)
    print(wrap(_text(arguments, results, code)), file=outputs.people)
    head = {"schema": 1, "runtime": arguments.runtime, "runs": arguments.runs, "status": code}
    rows = [{name: row[name] for name in ROW if name != "text"} for row in results]
    outputs.write(json=lambda: options.as_json(head | {"scenarios": rows}))
    return code


def study(order: dict[str, Any], python: str) -> Result:
    """One scenario through one entry, in a process of its own: none sees what another left."""
    result: Result = attempt(WORKER, order, python=python, limit=TIMEOUT)
    if "not_measured" in result:
        result = {"verdict": NOT_MEASURED, "reason": result["not_measured"]}
    elif "error" in result:
        result = {"verdict": FAILED, "reason": result["error"]}
    return ROW | order | result


def status(results: Sequence[Result]) -> int:
    """0 no leak, 1 a leak or a defect, 3 no verdict on at least one scenario, or on none at all."""
    verdicts = [result["verdict"] for result in results]
    reports = [result["report"] for result in results if result["report"]]
    severities = {found["severity"] for report in reports for found in report["findings"]}
    if LEAK in verdicts or DEFECT in severities:
        return 1
    if {NOT_ENOUGH, FAILED} & set(verdicts) or NO_LEAK not in verdicts:
        return 3
    return 0


def _reason(result: Result) -> str:
    return f": {result['reason']}" if result["reason"] else ""


def _text(arguments: argparse.Namespace, results: list[Result], code: int) -> str:
    lines = [
        f"{row['scenario']}/{row['entry']}: {row['text'] or row['verdict']}{_reason(row)}"
        for row in results
    ]
    version = next((f" {row['version']}" for row in results if row["version"]), "")
    leaks = [f"{row['scenario']}/{row['entry']}" for row in results if row["verdict"] == LEAK]
    verdict = f"leaks in {', '.join(leaks)}" if leaks else VERDICTS[code]
    if unclear := [row for row in results if row["verdict"] == NOT_ENOUGH]:
        names = ", ".join(f"{row['scenario']}/{row['entry']}" for row in unclear)
        runs = max(USUAL, 2 * arguments.runs)
        verdict += f"; too few runs for a verdict on {names}: try --runs {runs}"
    return "\n".join([*lines, f"{arguments.runtime}{version}: {verdict}"])
