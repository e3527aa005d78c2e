"""What a study found, for people and for programs."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.instruments.leaks.readings import (
    BYTES,
    GROWS,
    LEVEL,
    THRESHOLDS,
    Growth,
    Readings,
    kept,
)

LEAK, NO_LEAK, NOT_ENOUGH = "leak", "no leak", "not enough data"

DEFECT, NOTE = "defect", "note"
"""Severities beside LEAK. A defect is wrong but keeps nothing; a note is worth knowing."""

NATIVE = 8.0
"""How much faster than Python's memory resident memory must rise, beyond a page, to be native:
tracemalloc takes up to four times what it traces, where blocks are small."""

_MORE = "{:.3g} more with each run"
_RISES = {
    "memory": ("memory", "each run keeps {:.0f} bytes"),
    "objects": ("objects", "each run keeps {:.3g} objects"),
    "rss": ("native memory", "each run keeps {:.0f} bytes outside Python's memory"),
    "survivors": ("survivors", "{:.3g} per run are alive after they were let go"),
    "threads": ("threads", _MORE),
    "descriptors": ("descriptors", _MORE),
    "tasks": ("tasks", _MORE),
}
"""What a series that rises is called, and reported as."""

_STEPS = {"memory": ("bytes", 4096), "threads": ("threads", 1), "descriptors": ("descriptors", 1)}
"""By how much a series must have risen before it levelled off to be worth a note."""


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
    findings: list[Finding]
    series: dict[str, Growth]

    @property
    def bytes_per_run(self) -> float:
        """Bytes of Python memory that each run keeps, as the benchmark has them."""
        return kept(self.series["memory"])

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self) | {"bytes_per_run": self.bytes_per_run}

    def text(self) -> str:
        """The findings, worst first, with their evidence; then the slopes."""
        steps = f"{self.bytes_per_run:.0f} bytes kept per run (in steps of {BYTES:.0f})"
        lines = [f"{self.verdict} in {self.runs} runs, {steps}"]
        for finding in sorted(self.findings, key=lambda f: (LEAK, DEFECT, NOTE).index(f.severity)):
            lines.append(f"  {finding.severity}: {finding.kind}: {finding.what}")
            lines += [f"      {line}" for line in finding.evidence]
        for name, growth in self.series.items():
            rise = f"{growth.whole:+.4g} per run" if growth.whole else "n/a"
            lines.append(f"  {name:<12} {rise}: {growth.reason}")
        return "\n".join(lines)


def grown(growths: Mapping[str, Growth], evidence: Mapping[str, tuple[str, ...]]) -> list[Finding]:
    """What goes on growing, with what it is made of."""
    rising = {name for name, growth in growths.items() if growth.kind == GROWS}
    if "memory" in rising:
        rising.discard("objects")
    memory, rss = growths["memory"].whole, growths["rss"].whole
    native = memory and rss and rss.low > NATIVE * max(0.0, memory.high) + THRESHOLDS["rss"]
    if "threads" in rising or not native:
        rising.discard("rss")
    return [
        Finding(kind, LEAK, text.format(growths[name].whole), evidence[name])
        for name, (kind, text) in _RISES.items()
        if name in rising
    ]


def counted(kind: str, severity: str, text: str, counts: Counter[str], runs: int) -> list[Finding]:
    """What was seen so many times, if it was."""
    lines = (f"{count} in {runs} runs: {name}" for name, count in counts.most_common(5))
    return [Finding(kind, severity, text, tuple(lines))] if counts else []


def levelled(readings: Readings, growths: Mapping[str, Growth]) -> list[Finding]:
    """What rose and stopped, as a cache or a pool does."""
    found = []
    for name, (unit, least) in _STEPS.items():
        values = readings.values(name)
        rise, late = readings.rise(name), values[-1] - values[len(values) // 2]
        if growths[name].kind == LEVEL and rise >= least and late <= rise / 4:
            found.append(Finding("caches", NOTE, f"{name} rose by {rise} {unit} and levelled off"))
    return found


def decide(findings: list[Finding], growths: Mapping[str, Growth]) -> str:
    """A leak outweighs a doubt, a doubt outweighs silence.

    Resident memory alone is too coarse for a doubt.
    """
    if any(finding.severity == LEAK for finding in findings):
        return LEAK
    deciding = (growth.kind for name, growth in growths.items() if name != "rss")
    return NO_LEAK if {GROWS, LEVEL}.issuperset(deciding) else NOT_ENOUGH
