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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.common.numbers import quantity
from harness.common.options import add_time, progress
from harness.rendering.tables import plain
from harness.tools import agent_server
from harness.tools.agent_server.load import EXCHANGES, NUMBER
from harness.tools.agent_server.serving import Served, served
from harness.tools.load.target import DISTINCT
from studies import command
from studies.rounds import in_turn

SLACK = 60.0
"""Seconds that a generator may take beyond its load."""

K6 = Path(__file__).with_name("k6.js")
AGENT = EXCHANGES["agent"]

_HEAD = ("generator", "requests", "failed", "p50", "p99", "server p50", "server p99")
_FIGURES = {
    **dict.fromkeys(("requests", "failed"), ""),
    **dict.fromkeys(("p50", "p99", "server_p50", "server_p99"), "seconds"),
}
"""Figure -> its unit."""

Figures = dict[str, Any]
"""requests, failed, p50 and p99 in seconds, and whatever else a generator says of its validity."""


@dataclass(frozen=True)
class Load:
    """A constant load on the agent at `url`: requests a second; seconds of load and of the model.

    report: the file that a generator writes.
    """

    url: str
    rate: int
    duration: float
    latency: float
    report: Path

    def make(self, command: Sequence[object]) -> Any:
        """Run a generator; its report, whatever its exit status says of the load."""
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=self.duration + SLACK,
        )
        if not self.report.exists():
            last = (done.stdout.strip().splitlines() or ["no output"])[-1]
            raise RuntimeError(f"no report: {last}")
        return json.loads(self.report.read_text("utf-8"))


def harness_load(load: Load) -> Figures:
    """`python -m harness load`, open loop, latencies from the intended start."""
    command = [sys.executable, "-m", "harness", "load", "--url", load.url, "--rate", load.rate]
    times = ["--latency", f"{load.latency}s", "--duration", f"{load.duration}s"]
    found = load.make([*command, *times, "--json", load.report])
    figures, requests = found["figures"], found["figures"]["requests"]
    return {
        "requests": requests["sent"],
        "failed": sum(requests["errors"].values()),
        "unsent": requests["unsent"],
        "p50": figures["latency"]["p50"],
        "p99": figures["latency"]["p99"],
        "lateness_p99": figures["lateness"]["p99"],
        "verdict": found["verdict"],
    }


def locust(load: Load) -> Figures:
    """Locust, headless, one process, closed loop: users whose turns are spread evenly."""
    where = Path(agent_server.__file__).with_name("locustfile.py")
    # A user must be done long before its next turn, or the rate sinks.
    per_user = min(2.0, 0.5 / max(load.latency, 0.001))
    command = [sys.executable, "-m", "locust", "-f", where, "--headless", "--only-summary"]
    command += ["--host", load.url, "--rate", load.rate, "--per-user", per_user]
    found = load.make([*command, "--duration", f"{load.duration}s", "--summary", load.report])
    latency = found["latency"] or {"p50": None, "p99": None}
    return {
        "requests": found["requests"],
        "failed": sum(found["failures"].values()),
        "p50": latency["p50"],
        "p99": latency["p99"],
    }


def k6(load: Load) -> Figures:
    """k6 with its constant-arrival-rate executor: open loop, latencies from the actual send."""
    settings = {
        "URL": load.url + AGENT.path,
        "BODY": AGENT.template,
        "NUMBER": NUMBER,
        "DISTINCT": DISTINCT,
        "RATE": load.rate,
        "DURATION": load.duration,
        "USERS": 50 + round(4 * load.rate * load.latency),
        "OUT": load.report,
    }
    variables = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
    figures: Figures = load.make(["k6", "run", "--quiet", "--no-usage-report", *variables, K6])
    return figures


GENERATORS: dict[str, Callable[[Load], Figures]] = {
    "harness load": harness_load,
    "locust": locust,
    "k6": k6,
}


def missing() -> dict[str, str]:
    """The generators that are not installed, and what to do."""
    found = {}
    if importlib.util.find_spec("locust") is None:
        found["locust"] = "not installed: pip install locust"
    if shutil.which("k6") is None:
        found["k6"] = "not installed: see k6's own documentation"
    return found


def measure(arguments: argparse.Namespace) -> command.Document:
    """All rounds, the medians over them, and what is missing."""
    lacking = missing()
    names = [name for name in GENERATORS if name not in lacking]
    asked = {name: getattr(arguments, name) for name in ("rate", "duration", "latency")}
    with served(latency=arguments.latency) as server:
        sides = {name: partial(_trial, name, server, asked) for name in names}
        rounds = in_turn(sides, arguments.rounds)
    medians = {
        name: {figure: statistics.median(found[figure]) for figure in _FIGURES}
        for name, found in rounds.items()
    }
    return asked | {"medians": medians, "missing": lacking, "rounds": rounds}


def _trial(name: str, server: Served, asked: Mapping[str, Any]) -> Figures:
    progress(f"{name} ...")
    server.clear()
    with tempfile.TemporaryDirectory() as folder:
        figures = GENERATORS[name](Load(server.url, **asked, report=Path(folder, "report.json")))
    took = server.stats()["took"]
    return figures | {"server_p50": took["p50"], "server_p99": took["p99"]}


def table(found: command.Document) -> str:
    """The medians, a line per generator; n/a with the reason for what is missing."""
    rows = [
        [name, *(quantity(figures[n], unit) for n, unit in _FIGURES.items())]
        for name, figures in found["medians"].items()
    ]
    lacking = [f"{name}: n/a ({reason})" for name, reason in found["missing"].items()]
    return "\n".join([plain(_HEAD, rows), *lacking])


def main(argv: Sequence[str] | None = None) -> int:
    """See `command.main`."""
    parser = command.parser("studies.load.generators", str(__doc__))
    command.add_count(parser, "--rate", 200, "requests a second (default: 200)")
    add_time(parser, "--latency", default=0.05, help="of the agent's model (default: 50ms)")
    add_time(parser, "--duration", default=20.0, help="of each load (default: 20s)")
    command.add_count(parser, "--rounds", 3, "of all generators (default: 3)")
    return command.main(parser, measure, table, argv)


if __name__ == "__main__":
    sys.exit(main())
