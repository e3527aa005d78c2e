"""A finished check, and what every format says about it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from harness.check.judge import FINDINGS, Verdict
from harness.check.slo import Level
from harness.common.numbers import NONE, SCALES, change, number, quantity, scale
from harness.results.figures import Figure

SEVERITY = (*FINDINGS, "improvement", "changed", "no verdict", "same", "new", "n/a")


@dataclass(frozen=True)
class Report:
    """One check: head against base, on one machine, in one environment."""

    project: str
    machine: str
    environment: str
    base: str  # title, such as a tag
    head: str
    base_commit: str
    head_commit: str
    verdicts: tuple[Verdict, ...]
    levels: tuple[Level, ...]
    invalid: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What was compared."""
        return f"{self.project}: {self.head} against {self.base}"

    @property
    def remarks(self) -> list[str]:
        """What is to be known before the verdicts."""
        return [*(f"invalid: {line}" for line in self.invalid), *self.notes]

    @property
    def findings(self) -> int:
        """Regressions, failures, what is gone, and broken SLOs."""
        found: list[Verdict | Level] = [*self.verdicts, *self.levels]
        return sum(each.is_finding for each in found)

    @property
    def compared(self) -> int:
        """Rows with a number on both sides."""
        return sum(verdict.change is not None for verdict in self.verdicts)

    @property
    def status(self) -> int:
        """The exit status: 0 clean, 1 with findings."""
        return int(self.findings > 0)

    def sorted(self) -> list[Verdict]:
        """The verdicts, the most severe first."""
        return sorted(self.verdicts, key=_severity)

    def summary(self) -> str:
        """One line."""
        counted = Counter(each.verdict for each in self.verdicts)
        broken = sum(level.is_finding for level in self.levels)
        parts = [f"{counted[name]} {name}" for name in SEVERITY if counted[name]]
        slos = f"SLOs: {broken} broken of {len(self.levels)}; " if self.levels else ""
        outcome = f"{self.findings} findings" if self.findings != 1 else "1 finding"
        return f"{outcome}: {slos}rows: {', '.join(parts) or 'none'}"


def _severity(each: Verdict) -> tuple[int, float, str]:
    size = abs(each.net if each.net is not None else each.change or 0.0)
    return SEVERITY.index(each.verdict), -size, each.row.label


def interval(bounds: tuple[float, float] | None) -> str:
    """The 99 % interval of a relative change."""
    if bounds is None or not all(math.isfinite(each) for each in bounds):
        return ""
    return f"{change(bounds[0])} to {change(bounds[1])}"


def figure(found: Figure | None, unit: str) -> str:
    """A figure with its interval on the same scale, or n/a."""
    if found is None:
        return NONE
    told = quantity(found.value, unit)
    # asv extrapolates an interval from a few samples: below zero it is no statement.
    if found.low is None or found.low < 0 or found.high is None or unit not in SCALES:
        return told
    size, _ = scale(found.value, unit)
    return f"{told} ({number(found.low / size)} to {number(found.high / size)})"


def familiar(benchmark: str, unit: str, value: float) -> str:
    """The form people know a figure in, such as requests per second; "" where there is none."""
    if not math.isfinite(value) or value <= 0:
        return ""
    if benchmark.endswith("seconds_per_request") and "cpu" not in benchmark:
        return f"{number(1 / value)} RPS"
    if unit == "of sequential time":
        return f"{number(1 / value)}x"
    return ""
