"""What a study found, for people and for programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from harness.instruments.leaks.readings import BYTES, kept
from harness.instruments.leaks.slope import Growth

LEAK, NO_LEAK, NOT_ENOUGH = "leak", "no leak", "not enough data"

DEFECT, NOTE = "defect", "note"
"""Severities beside LEAK. A defect is wrong but keeps nothing; a note is worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One thing found: its kind, how bad it is (LEAK, DEFECT, NOTE), a line, and the evidence.

    kinds: memory, native memory, objects, survivors, threads, descriptors, tasks (pending),
    coroutines (never awaited), lost tasks, cycles, background tasks, caches.
    """

    kind: str
    severity: str
    what: str
    evidence: tuple[str, ...] = ()


@dataclass
class Report:
    """The verdict over `runs` runs, what it rests on, and every series by its name."""

    verdict: str
    runs: int
    findings: list[Finding] = field(default_factory=list)
    series: dict[str, Growth] = field(default_factory=dict)

    def found(self, severity: str) -> list[Finding]:
        """Findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    def of(self, kind: str) -> list[Finding]:
        """Findings of one kind."""
        return [finding for finding in self.findings if finding.kind == kind]

    @property
    def bytes_per_run(self) -> float:
        """Bytes of Python memory that each run keeps, as the benchmark has them."""
        return kept(self.series["memory"])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self) | {"bytes_per_run": self.bytes_per_run}

    def text(self) -> str:
        """The findings, worst first, with their evidence; then the slopes."""
        steps = f"{self.bytes_per_run:.0f} bytes kept a run (in steps of {BYTES:.0f})"
        lines = [f"{self.verdict} in {self.runs} runs, {steps}"]
        for finding in sorted(self.findings, key=lambda f: (LEAK, DEFECT, NOTE).index(f.severity)):
            lines.append(f"  {finding.severity}: {finding.kind}: {finding.what}")
            lines += [f"      {line}" for line in finding.evidence]
        for name, growth in self.series.items():
            lines.append(f"  {name:<12} {_rise(growth)}: {growth.reason}")
        return "\n".join(lines)


def _rise(growth: Growth) -> str:
    if growth.whole is None:
        return "n/a"
    slope = growth.whole
    return f"{slope.estimate:+.4g} a run [{slope.low:.4g}, {slope.high:.4g}]"


def decide(findings: list[Finding], unclear: bool) -> str:
    """A leak outweighs a doubt, a doubt outweighs silence."""
    if any(finding.severity == LEAK for finding in findings):
        return LEAK
    return NOT_ENOUGH if unclear else NO_LEAK
