"""The verb `event-loop`: does a runtime block the event loop, and where?"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from harness import runtimes
from harness.common.apart import call, interpreter
from harness.tools.event_loop.worker import SCENARIOS

TIMEOUT = 300.0


def add_verbs(verbs: Any) -> None:
    """Add `event-loop` to argparse's subparsers."""
    this = verbs.add_parser(
        "event-loop",
        help="does a runtime block the event loop? 0 no, 1 it does, 2 bad input, 3 no verdict",
    )
    add_arguments(this)
    this.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("--runtime", default="floor", help="NAME or module:Class (default: floor)")
    parser.add_argument("--requests", type=int, default=200, help="runs, 10 ms apart")
    parser.add_argument(
        "--threshold", type=float, default=50.0, help="milliseconds of a block (default: 50)"
    )
    parser.add_argument(
        "--python", help="interpreter of the environment the runtime is installed in"
    )
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Watch, show, and tell the exit status."""
    if arguments.requests < 1:
        raise ValueError(f"--requests must be 1 or more, not {arguments.requests}")
    if not 10 <= arguments.threshold < float("inf"):
        raise ValueError(f"--threshold must be 10 ms or more, not {arguments.threshold}")
    python = interpreter(arguments.python)
    if arguments.python is None:
        runtimes.load(arguments.runtime)
    order = {
        "runtime": arguments.runtime,
        "requests": arguments.requests,
        "threshold": arguments.threshold / 1000,
    }
    told = {}
    for scenario in SCENARIOS:
        if not arguments.json:
            print(f"{arguments.runtime}: {scenario} ...", file=sys.stderr, flush=True)
        asked = order | {"scenario": scenario}
        told[scenario] = call("harness.tools.event_loop.worker", asked, python, TIMEOUT)
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
