"""The verb `leaks`: which scenarios of a runtime hold on to something."""

from __future__ import annotations

import argparse
import dataclasses
import time

from harness.common import options
from harness.common.numbers import quantity
from harness.instruments.arrivals.drivers import ENTRIES
from harness.instruments.leaks.report import LEAK
from harness.rendering.lines import wrap
from harness.tools import runtime
from harness.tools.leaks.scenarios import SCENARIOS
from harness.tools.leaks.suite import Result, status, study

FEWEST = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `leaks`."""
    parser.epilog = "Repeats each scenario in a separate process and says what goes on growing."
    runtime.add_options(parser)
    runtime.add_entry(parser, "both")
    parser.add_argument(
        "--scenario",
        action="append",
        choices=sorted(SCENARIOS),
        help="may be given several times (default: all)",
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=500,
        metavar="N",
        help=f"of a scenario, {FEWEST} or more (default: 500)",
    )
    options.add_outputs(parser, json="everything")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Study, show, and tell the exit status."""
    if arguments.runs < FEWEST:
        raise ValueError(f"--runs must be {FEWEST} or more, not {arguments.runs}")
    outputs = options.Outputs(arguments)
    python = runtime.interpreter(arguments)
    entries = [arguments.entry] if arguments.entry else ENTRIES
    pairs = [(name, entry) for name in arguments.scenario or SCENARIOS for entry in entries]
    results = []
    for number, (scenario, entry) in enumerate(pairs, 1):
        options.progress(f"{number} of {len(pairs)}: {scenario}/{entry} ...")
        begin = time.perf_counter()
        results.append(study(arguments.runtime, scenario, entry, arguments.runs, python))
        _progress(results[-1], time.perf_counter() - begin)
    code = status(results)
    print(wrap(_text(arguments, results, code)), file=outputs.people)
    outputs.write(json=lambda: options.as_json(_document(arguments, results, code)))
    return code


def _progress(result: Result, took: float) -> None:
    defects = f", {result.defects} defects" if result.defects else ""
    reason = f" ({result.reason})" if result.reason else ""
    options.progress(f"  {result.verdict}{defects}{reason}  {quantity(took, 'seconds')}")


def _text(arguments: argparse.Namespace, results: list[Result], code: int) -> str:
    lines = []
    for result in results:
        lines.append(f"{result.scenario}/{result.entry}: {result.text or result.verdict}")
        if result.reason:
            lines[-1] += f": {result.reason}"
    version = next((f" {result.version}" for result in results if result.version), "")
    leaks = [f"{r.scenario}/{r.entry}" for r in results if r.verdict == LEAK]
    told = f"leaks in {', '.join(leaks)}" if leaks else VERDICTS[code]
    return "\n".join([*lines, f"{arguments.runtime}{version}: {told}"])


VERDICTS = {0: "no leak found", 1: "no leak, but defects", 3: "no verdict on everything"}


def _document(arguments: argparse.Namespace, results: list[Result], code: int) -> dict[str, object]:
    rows = [dataclasses.asdict(result) for result in results]
    for row in rows:
        del row["text"]
    head = {"schema": 1, "runtime": arguments.runtime, "runs": arguments.runs, "status": code}
    return head | {"scenarios": rows}
