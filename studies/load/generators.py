"""Generators of load side by side: the same constant load on the same served agent, in turn.

    python -m studies.load.generators --rate 200 --latency 50ms --duration 20s --rounds 3

Each runs as its own users run it, each round with another one first. The server keeps its own count
of how long answers took.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.common.numbers import quantity
from harness.common.options import add_count, add_time, progress
from harness.rendering.tables import plain
from harness.tools import agent_server
from harness.tools.agent_server.load import EXCHANGES, NUMBER
from harness.tools.agent_server.serving import Served, served
from harness.tools.load.target import DISTINCT
from studies import command
from studies.rounds import in_turn

SLACK = 60.0
"""Seconds that a generator may take beyond its load."""

_FIGURES = {
    **dict.fromkeys(("requests", "failed"), ""),
    **dict.fromkeys(("p50", "p99", "server_p50", "server_p99"), "seconds"),
}
"""Figure -> its unit."""


@dataclass(frozen=True)
class Generator:
    """A program that makes a load.

    command: its words, with what `_values` gives in braces. figures: where its JSON report has
    requests, failed, p50 and p99 in seconds, and whatever else it says of its validity.
    """

    command: str
    figures: Mapping[str, str]


GENERATORS = {
    # Open loop, latencies from the intended start.
    "harness load": Generator(
        "{python} -m harness load --url {url} --rate {rate} --latency {latency}s"
        " --duration {duration}s --json {report}",
        {
            "requests": "figures.requests.sent",
            "failed": "figures.requests.errors",
            "unsent": "figures.requests.unsent",
            "p50": "figures.latency.p50",
            "p99": "figures.latency.p99",
            "lateness_p99": "figures.lateness.p99",
            "verdict": "verdict",
        },
    ),
    # Headless, one process, closed loop: users whose turns are spread evenly.
    "locust": Generator(
        "{python} -m locust -f {locustfile} --headless --only-summary --host {url} --rate {rate}"
        " --per-user {per_user} --duration {duration}s --summary {report}",
        {
            "requests": "requests",
            "failed": "failures",
            "p50": "latency.p50",
            "p99": "latency.p99",
        },
    ),
    # Its constant-arrival-rate executor: open loop, latencies from the actual send.
    "k6": Generator(
        "k6 run --quiet --no-usage-report -e URL={url}{path} -e BODY={body} -e NUMBER={number}"
        " -e DISTINCT={distinct} -e RATE={rate} -e DURATION={duration} -e USERS={users}"
        " -e OUT={report} {script}",
        {name: name for name in ("requests", "failed", "unsent", "p50", "p99")},
    ),
}


def _values(rate: int, latency: float) -> dict[str, object]:
    return {
        "python": sys.executable,
        "locustfile": Path(agent_server.__file__).with_name("locustfile.py"),
        # A user must be done long before its next turn, or the rate sinks.
        "per_user": min(2.0, 0.5 / max(latency, 0.001)),
        "script": Path(__file__).with_name("k6.js"),
        "path": EXCHANGES["agent"].path,
        "body": EXCHANGES["agent"].template,
        "number": NUMBER,
        "distinct": DISTINCT,
        "users": 50 + round(4 * rate * latency),
    }


def missing() -> dict[str, str]:
    """The generators that are not installed, and what to do."""
    there = {"locust": importlib.util.find_spec("locust"), "k6": shutil.which("k6")}
    install = {"locust": "pip install locust", "k6": "see k6's own documentation"}
    return {name: f"not installed: {install[name]}" for name in there if not there[name]}


def measure(arguments: argparse.Namespace) -> command.Document:
    """All rounds, the medians over them, and what is missing."""
    lacking = missing()
    asked = {name: getattr(arguments, name) for name in ("rate", "duration", "latency")}
    with served(latency=arguments.latency) as server:
        names = [name for name in GENERATORS if name not in lacking]
        sides = {name: partial(_trial, name, server, asked) for name in names}
        rounds = in_turn(sides, arguments.rounds)
    medians = {
        name: {figure: statistics.median(found[figure]) for figure in _FIGURES}
        for name, found in rounds.items()
    }
    return asked | {"medians": medians, "missing": lacking, "rounds": rounds}


def _trial(name: str, server: Served, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of one load, whatever the generator's exit status says of it."""
    progress(f"{name} ...")
    server.clear()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        values = {**_values(asked["rate"], asked["latency"]), **asked}
        values |= {"url": server.url, "report": report}
        done = subprocess.run(
            [word.format(**values) for word in GENERATORS[name].command.split()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=asked["duration"] + SLACK,
        )
        if not report.exists():
            last = (done.stdout.strip().splitlines() or ["no output"])[-1]
            raise RuntimeError(f"no report: {last}")
        found = json.loads(report.read_text("utf-8"))
    figures = {figure: _at(found, path) for figure, path in GENERATORS[name].figures.items()}
    took = server.stats()["took"]
    return figures | {"server_p50": took["p50"], "server_p99": took["p99"]}


def _at(found: Any, path: str) -> Any:
    """What a report has at a path; of counts by kind their sum. None: nothing was answered."""
    for name in path.split("."):
        found = None if found is None else found[name]
    return sum(found.values()) if isinstance(found, dict) else found


def table(found: command.Document) -> str:
    """The medians, a line per generator; n/a with the reason for what is missing."""
    rows = [
        [name, *(quantity(figures[n], unit) for n, unit in _FIGURES.items())]
        for name, figures in found["medians"].items()
    ]
    lacking = [f"{name}: n/a ({reason})" for name, reason in found["missing"].items()]
    head = ["generator", *(figure.replace("_", " ") for figure in _FIGURES)]
    return "\n".join([plain(head, rows), *lacking])


def main(argv: Sequence[str] | None = None) -> int:
    """See `command.main`."""
    parser = command.parser("studies.load.generators", str(__doc__))
    add_count(parser, "--rate", 200, "requests a second (default: 200)")
    add_time(parser, "--latency", default=0.05, help="of the agent's model (default: 50ms)")
    add_time(parser, "--duration", default=20.0, help="of each load (default: 20s)")
    add_count(parser, "--rounds", 3, "of all generators (default: 3)")
    return command.main(parser, measure, table, argv)


if __name__ == "__main__":
    sys.exit(main())
