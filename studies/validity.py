"""How often is a run called invalid? Short real runs, quiet and beside a load that is known.

`python -m studies.validity --json docs/validity-data.json` takes about ten minutes on an idle
machine; `python -m studies.pages` puts the table into docs/verdicts.md. Interrupted, it tells of
the rounds that are whole.
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from harness.cli.target import CHECKOUT, text
from harness.common import files
from harness.common.children import Child
from harness.common.numbers import quantity
from harness.common.options import add_count, progress
from harness.history import machine, validity
from harness.rendering.tables import markdown
from studies import command
from studies.sensitivity.runner import asv

STATES = {"quiet": 0.0, "half a core": 0.5, "a whole core": 1.0}  # of a core, used by others
ROUND = ("quiet", "half a core", "quiet", "a whole core")
PERIOD = 0.1  # seconds in which that share is used
RELEASE = "v0.3.0^!"
BENCHMARKS = r"--bench=latency\.(OverFloor|Added|Run)\b"
PROCESSES = 2  # of a session: short runs have few readings, and are the hardest to judge
MINUTES = 11.0
FIGURES = {"late": "late readings", "waited": "time waited", "drift": "drift of its CPU time"}


def busy(share: float) -> None:
    """Use a share of a core until this process is ended."""
    for begin in itertools.count(time.monotonic(), PERIOD):
        while time.monotonic() < begin + share * PERIOD:
            pass
        time.sleep(max(0.0, begin + PERIOD - time.monotonic()))


def parser() -> argparse.ArgumentParser:
    result = command.parser("studies.validity", str(__doc__))
    add_count(result, "--rounds", 10, "of four runs each (default: 10)")
    return result


def measure(arguments: argparse.Namespace) -> command.Document:
    """What docs/validity-data.json keeps: the figures of each run of whole rounds, and what was
    said of it. After MINUTES no further round begins. Raises RuntimeError if asv fails."""
    os.environ["HARNESS_PROCESSES"] = str(PROCESSES)
    machine.register()
    path = CHECKOUT / ".cache" / "validity" / "asv.conf.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = json.loads(text(path, "greenlang", "GreenLang", "pypi:greenlang-cli", "greenlang"))
    files.write(path, json.dumps(settings | {"results_dir": "results"}))
    runs: list[dict[str, Any]] = []
    end = time.monotonic() + 60 * MINUTES
    try:
        _run(path, 0.0)  # makes the environment, and warms up
        for number in range(arguments.rounds):
            if time.monotonic() > end:
                break
            found = []
            for state in ROUND:
                found.append({"state": state} | _run(path, STATES[state]))
                reasons = found[-1]["reasons"] or ["valid"]
                progress(f"[{number + 1} of {arguments.rounds}] {state}: {'; '.join(reasons)}")
            runs += found
    except KeyboardInterrupt:
        if not runs:
            raise
    return {"processes": PROCESSES, "runs": runs}


def _run(config: Path, share: float) -> dict[str, Any]:
    load: AbstractContextManager[object] = nullcontext()
    if share:
        load = Child("studies.validity:busy", {"share": share})
    with load:
        status, output = asv("run", RELEASE, BENCHMARKS, config=config)
    found = list(config.parent.glob(f"results/*/*{validity.SUFFIX}"))
    if status or len(found) != 1:
        raise RuntimeError(f"asv run: status {status}: {output.strip().splitlines()[-1]}")
    lines = [line.partition(": ")[::2] for line in found[0].read_text("utf-8").splitlines()]
    reasons = [value for key, value in lines if f"{key}: " == validity.INVALID]
    found[0].unlink()
    return {key: float(value) for key, value in lines if key != "invalid"} | {"reasons": reasons}


def table(document: command.Document) -> list[str]:
    """A row for each state: how often it was called invalid, and the range of each figure."""
    runs = document["runs"]
    rows = [_row(state, [run for run in runs if run["state"] == state]) for state in STATES]
    head = ["others use", "runs", "called invalid", *FIGURES.values()]
    return markdown(head, [row for row in rows if row])[:-1]


def _row(state: str, runs: Sequence[dict[str, Any]]) -> list[str]:
    if not runs:
        return []
    invalid = sum(bool(run["reasons"]) for run in runs)
    ranges = [_range(run[figure] for run in runs) for figure in FIGURES]
    return [state, str(len(runs)), str(invalid), *ranges]


def _range(values: Iterable[float]) -> str:
    kept = sorted(values)
    low, middle, high = (quantity(v, "share") for v in (kept[0], statistics.median(kept), kept[-1]))
    return f"{middle} ({low} to {high})"


def main(argv: Sequence[str] | None = None) -> int:
    return command.main(parser(), measure, lambda found: "\n".join(table(found)), argv)


if __name__ == "__main__":
    sys.exit(main())
