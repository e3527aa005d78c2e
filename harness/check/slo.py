"""Service levels and thresholds: `slo.toml`, and whether a result is good enough by it.

[thresholds]                  # relative: 0.05 is 5 %
counts = 0.01
virtual = 0.01
ratios = 0.05
absolutes = 0.10

[thresholds.benchmarks]       # patterns of benchmark names that need another one
"startup.Import.*" = 0.2

[slo.p95]
title = "p95 latency, model of 200 ms"        # what people read; optional
benchmark = "scaling.SlowModel.track_added_p95"
parameters = { at_once = "50" }               # optional; all rows of the benchmark otherwise
add = 0.2                                     # optional: added to the value before comparing
limit = 0.5                                   # in the unit of the benchmark; the most allowed
inverse = "requests per second"               # optional: also print 1 / value, in these
"""

import fnmatch
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.check.rows import Row
from harness.common import kinds
from harness.common.kinds import Fraction
from harness.common.numbers import number, quantity
from harness.results.figures import ABSENT
from harness.results.result import Result

FILE = "slo.toml"


@dataclass(frozen=True)
class Slo:
    """One service level: every chosen row of the framework must be at most `limit`."""

    benchmark: str
    limit: float
    title: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    add: float = 0.0
    inverse: str = ""


@dataclass(frozen=True)
class Thresholds:
    """The relative change that matters, by grade and by pattern of a benchmark's name."""

    counts: Fraction = 0.01
    virtual: Fraction = 0.01
    ratios: Fraction = 0.05
    absolutes: Fraction = 0.10
    benchmarks: dict[str, Fraction] = field(default_factory=dict)

    def of(self, row: Row) -> float:
        special = (v for k, v in self.benchmarks.items() if fnmatch.fnmatchcase(row.benchmark, k))
        return next(special, getattr(self, row.grade))


@dataclass(frozen=True)
class Settings:
    """What a check judges by."""

    thresholds: Thresholds = Thresholds()
    slo: dict[str, Slo] = field(default_factory=dict)


def settings(config: Path, named: Path | None = None) -> Settings:
    """The settings in the file named, else in slo.toml beside the config or one folder above; the
    default thresholds and no SLO where there is none.

    Raises ValueError, one line, for a missing file and for anything that is not as above.
    """
    beside = [folder / FILE for folder in config.resolve().parents[:2]]
    path = named or next((path for path in beside if path.is_file()), None)
    return kinds.read(path, Settings) if path else Settings()


@dataclass(frozen=True)
class Level:
    """One SLO on its worst row: met, broken, not measured or (in an invalid run) no verdict."""

    name: str
    slo: Slo
    verdict: str
    reason: str = ""
    value: float | None = None  # with what the SLO adds to it
    unit: str = ""
    row: str = ""  # label of the worst row

    @property
    def is_finding(self) -> bool:
        return self.verdict == "broken"

    @property
    def title(self) -> str:
        """What people read."""
        return self.slo.title or self.name

    @property
    def in_words(self) -> str:
        """The value in its unit, with the familiar form beside it."""
        return quantity(self.value, self.unit) + self._familiar("", self.value)

    @property
    def limit(self) -> str:
        """The limit in the same form."""
        most = self.slo.limit
        return f"at most {quantity(most, self.unit)}{self._familiar('at least ', most)}"

    def _familiar(self, least: str, value: float | None) -> str:
        known = self.slo.inverse and value
        return f" ({least}{number(1 / value)} {self.slo.inverse})" if known and value else ""


def levels(rows: Sequence[Row], settings: Settings, head: Result) -> list[Level]:
    """Every SLO on the head side of the framework's rows; an invalid run has no absolutes."""
    return [_level(name, slo, rows, head) for name, slo in settings.slo.items()]


def _level(name: str, slo: Slo, rows: Sequence[Row], head: Result) -> Level:
    said = functools.partial(Level, name, slo)
    own = [row for row in rows if row.benchmark == slo.benchmark and not row.is_floor]
    if all(row.head.state == ABSENT for row in own):
        return said("not measured", f"no benchmark {slo.benchmark} in the new result")
    chosen = [row for row in own if _matches(row, slo)]
    if not chosen:
        wanted = ", ".join(f"{key} = {value}" for key, value in slo.parameters.items())
        return said("not measured", f"{slo.benchmark} has no row with {wanted}")
    measured = [row for row in chosen if row.head.measured]
    if not measured:
        notes = "; ".join(note.in_words for note in head.notes.get(slo.benchmark, ()))
        return said("not measured", notes or f"{chosen[0].head.state} in the new result")
    worst = max(measured, key=lambda row: row.head.value)
    found = worst.head.value + slo.add, worst.unit, worst.label
    if head.invalid and worst.is_timed:
        return said("no verdict", "invalid run", *found)
    return said("broken" if found[0] > slo.limit else "met", "", *found)


def _matches(row: Row, slo: Slo) -> bool:
    own = {name: value.strip("'\"") for name, value in row.named.items()}
    return slo.parameters.items() <= own.items()
