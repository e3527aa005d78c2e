"""Does `load --find-capacity` find it? Ten planted servers: `python -m studies.load.capacity`.

Four searches run at once, each with a server and a generator of its own. It needs a quiet machine.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness.common import files
from harness.common.numbers import change, number, quantity
from harness.rendering.tables import markdown
from studies.load.planted_server import planted

KEPT = Path(__file__).parents[2] / "docs" / "load-data" / "capacity.json"

SERVERS = (
    *((8, 0.05), (4, 0.02), (16, 0.1), (5, 0.03), (12, 0.08)),
    *((3, 0.025), (20, 0.06), (6, 0.07), (10, 0.04), (7, 0.035)),
)
"""Slots and service time, in seconds."""

AT_ONCE = 4
_FIND = (sys.executable, "-m", "harness", "load", "--find-capacity", "--slo", "p95=300ms")


def trials(servers: Sequence[tuple[int, float]]) -> list[dict[str, Any]]:
    """What was found on each, side by side."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running: list[subprocess.Popen[bytes]] = []
        for slots, seconds in servers:
            url = stack.enter_context(planted(slots, seconds))
            path = folder / f"{len(running)}.json"
            running.append(subprocess.Popen([*_FIND, "--url", url, "--json", str(path)]))
        for each in running:
            each.wait()
        texts = [(folder / f"{i}.json").read_text("utf-8") for i in range(len(running))]
    return [trial(*server, json.loads(text)) for server, text in zip(servers, texts, strict=True)]


def trial(slots: int, seconds: float, found: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one. found: the document of the search."""
    kept = {name: found[name] for name in ("capacity", "interval", "over", "seconds")}
    what = (found["gave_out"] or {}).get("what")
    steps = len(found["steps"])
    return {"slots": slots, "service": seconds, **kept, "steps": steps, "gave_out": what}


def table(kept: Path) -> list[str]:
    """Lines of the table of docs/capacity.md."""
    head = ["slots", "service time", "capacity", "found", "off by", "interval", "gave out"]
    return markdown([*head, "steps", "time"], map(_row, json.loads(kept.read_text("utf-8"))))[:-1]


def _row(of: dict[str, Any]) -> list[str]:
    truth = of["slots"] / of["service"]
    service, seconds = (quantity(of[name], "seconds") for name in ("service", "seconds"))
    interval = " to ".join(f"{number(each)}/s" for each in of["interval"])
    found = [f"{number(of['capacity'])}/s", change(of["capacity"] / truth - 1), interval]
    rest = [of["gave_out"], str(of["steps"]), seconds]
    return [str(of["slots"]), service, f"{number(truth)}/s", *found, *rest]


def main() -> int:
    """Try all and keep what came of it."""
    begins = range(0, len(SERVERS), AT_ONCE)
    made = [each for begin in begins for each in trials(SERVERS[begin : begin + AT_ONCE])]
    files.write(KEPT, json.dumps(made, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
