"""The verb `event-loop`: does a runtime block the event loop, and where?"""

import argparse
from typing import Any

from harness.common import options
from harness.common.children import attempt
from harness.rendering.lines import wrap
from harness.tools import runtime
from harness.tools.event_loop.worker import PLAIN_TOOL, SCENARIOS

WORKER = "harness.tools.event_loop.worker:perform"
TIMEOUT = 300.0
TRIES = 3
"""How often a scenario is watched at most while the machine hides what it does."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    runtime.add_options(parser)
    options.add_count(parser, "--requests", 200, "runs, 10 ms apart (default: 200)")
    options.add_time(parser, "--threshold", default=0.05, help="of a block (default: 50ms)")
    options.add_outputs(parser, json="everything")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch, show, and tell the exit status."""
    if not 0.01 <= arguments.threshold <= 10:
        raise ValueError(f"--threshold is from 10ms to 10s, not {arguments.threshold:g} s")
    outputs = options.Outputs(arguments)
    python = runtime.interpreter(arguments.runtime, arguments.python)
    order = {"runtime": arguments.runtime, "requests": arguments.requests}
    order["threshold"] = arguments.threshold
    seen: Seen = {}
    for scenario in (*SCENARIOS, PLAIN_TOOL):
        options.progress(f"{arguments.runtime}: {scenario} ...")
        seen[scenario] = _watched(order | {"scenario": scenario}, python)
    code = status(seen)
    lines = [line for item in seen.items() for line in _lines(*item)]
    lines.append(f"{arguments.runtime}: {_verdict(seen, code)}")
    print(wrap("\n".join(lines)), file=outputs.people)
    head = {"schema": 1, "runtime": arguments.runtime, "status": code}
    outputs.write(json=lambda: options.as_json(head | {"scenarios": seen}))
    return code


def _watched(order: dict[str, Any], python: str) -> dict[str, Any]:
    """What a scenario shows: the first try that says something, else the last."""
    for number in range(TRIES):
        seen: dict[str, Any] = attempt(WORKER, order, python=python, limit=TIMEOUT)
        if _blocks({"": seen}) or not _hidden(seen) or number + 1 == TRIES:
            break
        options.progress("  the machine was too busy: once more")
    return seen


def _hidden(one: dict[str, Any]) -> bool:
    """Whether the machine alone made every hundredth beat as late as a block."""
    return "health" in one and one["health"]["lateness"]["p99"] >= one["health"]["threshold"]


VERDICTS = {
    0: "does not block the event loop",
    1: "blocks the event loop",
    3: "no verdict: the machine was too busy, or nothing could be measured",
}


Seen = dict[str, dict[str, Any]]
"""What each scenario has shown, by its name."""


def status(seen: Seen) -> int:
    """1 if a callback blocked or a call waits; 3 if the machine hid that, or nothing was seen."""
    measured = [one for one in seen.values() if "health" in one]
    if _blocks(seen) or _tool_blocks(seen):
        return 1
    unclear = any(_hidden(one) or "error" in one for one in seen.values())
    return 3 if unclear or not measured else 0


def _blocks(seen: Seen) -> bool:
    """Whether the framework itself blocks, or its adapter does."""
    return any(
        one["health"]["blocks"] or any(made["waits"] for made in one["calls"])
        for one in seen.values()
        if "health" in one
    )


def _tool_blocks(seen: Seen) -> bool:
    return bool(seen.get(PLAIN_TOOL, {}).get("blocks"))


def _verdict(seen: Seen, code: int) -> str:
    only_tools = _tool_blocks(seen) and not _blocks(seen)
    return "blocks the event loop while a plain `def` tool runs" if only_tools else VERDICTS[code]


def _lines(scenario: str, one: dict[str, Any]) -> list[str]:
    if "text" not in one:
        reason = one.get("not_measured") or one["error"]
        return [f"{scenario}: {'not measured' if 'not_measured' in one else 'failed'}: {reason}"]
    lines = [f"{scenario}: {line}" for line in one["text"].splitlines()]
    for made in one.get("calls", ()):
        kind = "blocking call" if made["waits"] else "opens files"
        lines.append(f"{scenario}: {kind}: {made['event']} at {made['place']}, {made['times']} x")
    return lines
