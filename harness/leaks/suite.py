"""All scenarios of a runtime, each in a process of its own: none sees what another left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.leaks.report import DEFECT, LEAK, NO_LEAK, NOT_ENOUGH

NOT_MEASURED, FAILED = "not measured", "failed"

TIMEOUT = 900.0
"""Seconds that one scenario may take."""

# The search path is extended at its end, so that nothing of ours hides a framework's module.
_BOOT = "import sys; sys.path += sys.argv[1:-2]; from harness.leaks.worker import main; main()"


@dataclass(frozen=True)
class Result:
    """What became of one scenario: the verdict, a reason where there is no report."""

    scenario: str
    entry: str
    verdict: str
    reason: str = ""
    version: str = ""
    report: dict[str, Any] | None = None
    text: str = ""

    @property
    def defects(self) -> int:
        """Findings that are defects without being leaks."""
        found = self.report["findings"] if self.report else ()
        return sum(finding["severity"] == DEFECT for finding in found)


def study(
    runtime: str, scenarios: Sequence[str], entries: Sequence[str], runs: int, python: str
) -> Iterator[Result]:
    """One result a scenario and entry, as they come. python: the interpreter that runs them."""
    for scenario in scenarios:
        for entry in entries:
            order = {"runtime": runtime, "scenario": scenario, "entry": entry, "runs": runs}
            yield _result(scenario, entry, _worker(order, python))


def _result(scenario: str, entry: str, told: dict[str, Any]) -> Result:
    if "not_measured" in told:
        return Result(scenario, entry, NOT_MEASURED, told["not_measured"])
    if "error" in told:
        return Result(scenario, entry, FAILED, told["error"])
    report = told["report"]
    return Result(scenario, entry, report["verdict"], "", told["version"], report, told["text"])


def _worker(order: dict[str, object], python: str) -> dict[str, Any]:
    env = dict(os.environ)
    places = [str(Path(__file__).resolve().parents[2]), os.getcwd()]
    places += env.pop("PYTHONPATH", "").split(os.pathsep)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [python, "-c", _BOOT, *filter(None, places), str(report), json.dumps(order)]
        try:
            done = subprocess.run(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"no report within {TIMEOUT:.0f} s"}
        if not report.exists():
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            return {"error": f"the process ended with status {done.returncode}: {last}"}
        told: dict[str, Any] = json.loads(report.read_text())
        return told


def status(results: Sequence[Result]) -> int:
    """0 no leak, 1 a leak or a defect, 3 no verdict on at least one scenario, or on none at all."""
    verdicts = [result.verdict for result in results]
    if LEAK in verdicts or any(result.defects for result in results):
        return 1
    if {NOT_ENOUGH, FAILED} & set(verdicts) or NO_LEAK not in verdicts:
        return 3
    return 0


def interpreter(given: str | None) -> str:
    """The interpreter to use; ValueError if there is no such file."""
    if given is None:
        return sys.executable
    if not os.access(given, os.X_OK) or os.path.isdir(given):
        raise ValueError(f"no Python interpreter {given}")
    return os.path.abspath(given)
