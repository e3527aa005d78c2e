"""A finished check, and what every format says about it."""

import math
from collections import Counter
from dataclasses import dataclass, field

from harness.check.judge import FINDINGS, Verdict
from harness.check.slo import Level, Thresholds
from harness.common.numbers import number

SEVERITY = (*FINDINGS, "improvement", "changed", "no verdict", "same", "new", "n/a")


NOUNS = ("regression", "improvement", "service level", "row", "other reason")
LEVELS = ("broken", "met", "no verdict", "not measured")


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
    thresholds: Thresholds = field(default_factory=Thresholds)
    packages: tuple[str, ...] = ()  # other ones installed otherwise, as `name old → new`

    @property
    def remarks(self) -> list[str]:
        """What is to be known before the verdicts."""
        lines = [*(f"invalid: {line}" for line in self.invalid), *self.notes]
        if self.packages and any(each.is_finding for each in self.verdicts):
            lines.append(f"changed beside it: {', '.join(self.packages)}")
        return lines

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
        """The verdict on the whole, in one sentence."""
        rows, found = (
            Counter(each.verdict for each in self.verdicts if each.is_finding or not only)
            for only in (False, True)
        )
        silent = rows["no verdict"]
        parts = [so_many(found[name], name) for name in FINDINGS if found[name]]
        if broken := sum(level.is_finding for level in self.levels):
            parts.append(f"{so_many(broken, 'service level')} broken")
        if found["regression"] or found["failed"]:
            what = "is worse than"
        elif parts:
            what = "fails the check against"
        else:
            what = "is no worse than" if silent < self.compared else "is not known to be worse than"
            parts = [so_many(rows["improvement"], "improvement")] if rows["improvement"] else []
        unknown = f", {silent} of them without a verdict" if silent else ""
        of = f"{', '.join(parts) or 'no finding'} in {so_many(self.compared, 'row')}{unknown}"
        return f"{self.project}: {self.head} {what} {self.base}: {of}"

    def counts(self) -> list[str]:
        """How many rows and service levels came out how, a line each."""
        both = (("rows", SEVERITY, self.verdicts), ("service levels", LEVELS, self.levels))
        return [
            f"{what}: {', '.join(so_many(counted[name], name) for name in names if counted[name])}"
            for what, names, of in both
            if (counted := Counter(each.verdict for each in of))
        ]


def so_many(number: int, what: str) -> str:
    """Verdicts are adjectives, but for a few."""
    return f"{number} {what}{'s' * (number != 1 and what in NOUNS)}"


def _severity(each: Verdict) -> tuple[int, float, str]:
    size = abs(each.net if each.net is not None else each.change or 0.0)
    return SEVERITY.index(each.verdict), -size, each.row.label


def familiar(benchmark: str, unit: str, value: float) -> str:
    """The form people know a figure in, such as requests per second; "" where there is none."""
    if not math.isfinite(value) or value <= 0:
        return ""
    if benchmark.endswith("seconds_per_request") and "cpu" not in benchmark:
        return f"{number(1 / value)} RPS"
    if unit == "of sequential time":
        return f"{number(1 / value)}x"
    return ""
