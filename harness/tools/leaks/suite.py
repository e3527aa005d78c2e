"""All scenarios of a runtime, each in a process of its own: none sees what another left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.common.children import attempt
from harness.instruments.leaks.report import DEFECT, LEAK, NO_LEAK, NOT_ENOUGH

NOT_MEASURED, FAILED = "not measured", "failed"

WORKER = "harness.tools.leaks.worker:perform"
TIMEOUT = 1800.0
"""Seconds that one scenario may take."""


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


def study(runtime: str, scenario: str, entry: str, runs: int, python: str) -> Result:
    """One scenario through one entry. python: the interpreter that runs it."""
    order = {"runtime": runtime, "scenario": scenario, "entry": entry, "runs": runs}
    told = attempt(WORKER, order, python=python, limit=TIMEOUT)
    if "not_measured" in told:
        return Result(scenario, entry, NOT_MEASURED, told["not_measured"])
    if "error" in told:
        return Result(scenario, entry, FAILED, told["error"])
    report = told["report"]
    return Result(scenario, entry, report["verdict"], "", told["version"], report, told["text"])


def status(results: Sequence[Result]) -> int:
    """0 no leak, 1 a leak or a defect, 3 no verdict on at least one scenario, or on none at all."""
    verdicts = [result.verdict for result in results]
    if LEAK in verdicts or any(result.defects for result in results):
        return 1
    if {NOT_ENOUGH, FAILED} & set(verdicts) or NO_LEAK not in verdicts:
        return 3
    return 0
