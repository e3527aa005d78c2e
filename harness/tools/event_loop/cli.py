"""The verb `event-loop`: does a runtime block the event loop, and where?"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from harness import runtimes
from harness.common import options
from harness.common.children import attempt, interpreter
from harness.tools import runtime
from harness.tools.event_loop.worker import SCENARIOS

WORKER = "harness.tools.event_loop.worker:perform"
TIMEOUT = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `event-loop`."""
    runtime.add_options(parser)
    parser.add_argument("--requests", type=int, default=200, help="runs, 10 ms apart")
    options.add_time(parser, "--threshold", default=0.05, help="of a block (default: 50ms)")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch, show, and tell the exit status."""
    if arguments.requests < 1:
        raise ValueError(f"--requests must be 1 or more, not {arguments.requests}")
    if not 0.01 <= arguments.threshold <= 10:
        raise ValueError(f"--threshold is from 10ms to 10s, not {arguments.threshold:g} s")
    python = interpreter(arguments.python)
    if arguments.python is None:
        runtimes.load(arguments.runtime)
    order = {
        "runtime": arguments.runtime,
        "requests": arguments.requests,
        "threshold": arguments.threshold,
    }
    told = {}
    for scenario in SCENARIOS:
        if not arguments.json:
            print(f"{arguments.runtime}: {scenario} ...", file=sys.stderr, flush=True)
        asked = order | {"scenario": scenario}
        told[scenario] = attempt(WORKER, asked, python=python, limit=TIMEOUT)
    code = status(told)
    if arguments.json:
        head = {"schema": 1, "runtime": arguments.runtime, "status": code}
        print(json.dumps(head | {"scenarios": told}, indent=1))
    else:
        print("\n".join(line for item in told.items() for line in _lines(*item)))
        print(f"{arguments.runtime}: {VERDICTS[code]}")
    return code


VERDICTS = {
    0: "does not block the event loop",
    1: "blocks the event loop",
    3: "no verdict: the machine was too busy, or nothing could be measured",
}


def status(told: dict[str, dict[str, Any]]) -> int:
    """1 if a callback blocked or a call waits; 3 if the machine hid that, or nothing was seen."""
    measured = [one for one in told.values() if "health" in one]
    if any(one["health"]["blocks"] or _waits(one) for one in measured):
        return 1
    if not measured or any(
        "error" in one or ("health" in one and _hidden(one["health"])) for one in told.values()
    ):
        return 3
    return 0


def _waits(one: dict[str, Any]) -> bool:
    return any(made["waits"] for made in one["calls"])


def _hidden(health: dict[str, Any]) -> bool:
    """Whether the machine alone made every hundredth beat as late as a block."""
    return bool(health["lateness"]["p99"] >= health["threshold"])


def _lines(scenario: str, one: dict[str, Any]) -> list[str]:
    if "health" not in one:
        reason = one.get("not_measured") or one["error"]
        return [f"{scenario}: {'not measured' if 'not_measured' in one else 'failed'}: {reason}"]
    lines = [f"{scenario}: {line}" for line in one["text"].splitlines()]
    for made in one["calls"]:
        kind = "blocking call" if made["waits"] else "opens files"
        lines.append(f"{scenario}: {kind}: {made['event']} at {made['place']}, {made['times']} x")
    return lines
