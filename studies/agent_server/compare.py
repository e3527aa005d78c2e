"""Generators of load side by side: the same constant load on the same server, in turn.

    python -m studies.agent_server.compare --rate 200 --latency 50ms --duration 20s --rounds 3

Every round runs each generator once, each time another first, on a server of this repository that
keeps its own count of how long answers took. Writes all rounds and their medians as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.common import quantities
from harness.common.files import writable, write
from harness.common.numbers import quantity
from harness.common.stats import percentile
from harness.rendering.tables import plain
from harness.tools.agent_server.process import served
from harness.workload.script import Constant, Script
from studies.agent_server.generators import GENERATORS, Load, Missing

OUTPUT = Path("docs/load-data/generators.json")
_HEAD = ("generator", "requests", "failed", "p50", "p99", "server p50", "server p99")
_FIGURES = {
    **dict.fromkeys(("requests", "failed"), ""),
    **dict.fromkeys(("p50", "p99", "server_p50", "server_p99"), "seconds"),
}
"""Figure -> its unit."""

View = dict[str, float]


@dataclass(frozen=True)
class Target:
    """A running server: `clear` starts its count anew, `view` is what it has seen since."""

    url: str
    clear: Callable[[], object]
    view: Callable[[], View]


@contextlib.contextmanager
def _agent(latency: float) -> Iterator[Target]:
    with served(latency=latency) as server:

        def view() -> View:
            took = server.stats()["took"]
            return {"server_p50": took["p50"], "server_p99": took["p99"]} if took else {}

        yield Target(server.url, server.clear, view)


@contextlib.contextmanager
def _model(latency: float) -> Iterator[Target]:
    from harness.model_server.process import ModelServer

    with ModelServer(Script(latency=Constant(latency))) as server:

        def view() -> View:
            entries = [e for e in server.journal()["entries"] if e["sent_last"] is not None]
            took = [entry["sent_last"] - entry["arrived"] for entry in entries]
            # `harness load` brings a model server of its own, so here nothing was seen.
            if not took:
                return {}
            return {"server_p50": percentile(took, 50), "server_p99": percentile(took, 99)}

        yield Target(server.url.removesuffix("/v1"), server.clear, view)


_TARGETS = {"agent": _agent, "model": _model}


def _trial(name: str, load: Load, target: Target) -> dict[str, Any]:
    target.clear()
    with tempfile.TemporaryDirectory() as folder:
        figures = GENERATORS[name](load, Path(folder))
    return {"generator": name} | figures | target.view()


def compare(
    on: str, rate: int, duration: float, latency: float, rounds: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """All rounds, the medians over them, and what is missing; `tell` hears of the progress."""
    trials: list[dict[str, Any]] = []
    missing: dict[str, str] = {}
    names = list(GENERATORS)
    with _TARGETS[on](latency) as target:
        load = Load(target.url, on, rate, duration, latency)
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                if name in missing:
                    continue
                tell(f"round {turn + 1} of {rounds}: {name}")
                try:
                    trials.append({"round": turn} | _trial(name, load, target))
                except Missing as reason:
                    missing[name] = str(reason)
    return {
        "format": 1,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "target": on,
        "rate": rate,
        "duration": duration,
        "latency": latency,
        "cpus": os.cpu_count(),
        "medians": {name: _medians(trials, name) for name in names if name not in missing},
        "missing": missing,
        "trials": trials,
    }


def _medians(trials: list[dict[str, Any]], name: str) -> dict[str, float | None]:
    mine = [trial for trial in trials if trial["generator"] == name]
    found: dict[str, float | None] = {}
    for figure in _FIGURES:
        values = [trial[figure] for trial in mine if trial.get(figure) is not None]
        found[figure] = statistics.median(values) if values else None
    return found


def table(found: dict[str, Any]) -> str:
    """The medians, a line a generator; n/a with the reason for what is missing."""
    rows = [
        [name, *(quantity(figures[n], unit) for n, unit in _FIGURES.items())]
        for name, figures in found["medians"].items()
    ]
    missing = [f"{name}: n/a ({reason})" for name, reason in found["missing"].items()]
    return "\n".join([plain(_HEAD, rows), *missing])


def main(argv: list[str] | None = None) -> int:
    """0, or 2 after one clear line about bad input or a generator that broke."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.agent_server.compare", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--on", choices=sorted(_TARGETS), default="agent", help="default: agent")
    parser.add_argument("--rate", type=int, default=200, help="requests a second (default: 200)")
    parser.add_argument(
        "--latency",
        type=quantities.duration,
        default=0.05,
        help="default: 50ms",
    )
    parser.add_argument(
        "--duration",
        type=quantities.duration,
        default=20.0,
        help="default: 20s",
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--output", type=Path, default=OUTPUT, help=f"default: {OUTPUT}")
    options = parser.parse_args(argv)
    if min(options.rate, options.rounds, options.duration) <= 0:
        parser.error("--rate, --rounds and --duration are positive")
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        writable(options.output)
        found = compare(
            options.on,
            options.rate,
            options.duration,
            options.latency,
            options.rounds,
            lambda text: print(text, file=sys.stderr, flush=True),
        )
    except (ValueError, RuntimeError, OSError) as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2
    print(table(found))
    write(options.output, json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
