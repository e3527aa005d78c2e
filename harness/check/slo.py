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

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.check import toml
from harness.check.rows import GRADES, Row
from harness.common.numbers import number, quantity
from harness.results.result import Result

DEFAULTS = {"counts": 0.01, "virtual": 0.01, "ratios": 0.05, "absolutes": 0.10}
FILE = "slo.toml"
SLO = {
    "title": toml.text,
    "benchmark": toml.text,
    "parameters": toml.table_of(toml.text),
    "add": toml.number,
    "limit": toml.number,
    "inverse": toml.text,
}
THRESHOLDS = dict.fromkeys(GRADES, toml.fraction) | {"benchmarks": toml.table_of(toml.fraction)}
KIND = toml.table(
    {
        "thresholds": toml.table(THRESHOLDS),
        "slo": toml.table_of(toml.table(SLO, needed=("benchmark", "limit"))),
    }
)


@dataclass(frozen=True)
class Slo:
    """One service level: every chosen row of the framework must be at most `limit`."""

    name: str
    benchmark: str
    limit: float
    title: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    add: float = 0.0
    inverse: str = ""


@dataclass(frozen=True)
class Settings:
    """What a check is told to judge by."""

    thresholds: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULTS))
    benchmarks: Mapping[str, float] = field(default_factory=dict)  # threshold by name pattern
    slos: tuple[Slo, ...] = ()

    def threshold(self, benchmark: str, grade: str) -> float:
        """The relative change that matters, for a benchmark of this grade."""
        special = (v for k, v in self.benchmarks.items() if fnmatch.fnmatchcase(benchmark, k))
        return next(special, self.thresholds[grade])


def settings(config: Path, named: Path | None = None) -> Settings:
    """The settings in the file named, else in slo.toml beside the config or one folder above; the
    default thresholds and no SLO where there is none.

    Raises BadInput, one line, for a missing file and for anything that is not as above.
    """
    beside = [folder / FILE for folder in config.resolve().parents[:2]]
    path = named or next((path for path in beside if path.is_file()), None)
    content = toml.read(path, KIND) if path else {}
    thresholds = content.get("thresholds", {})
    slos = content.get("slo", {})
    return Settings(
        benchmarks=thresholds.pop("benchmarks", {}),
        thresholds=DEFAULTS | thresholds,
        slos=tuple(Slo(name, **({"title": name} | slo)) for name, slo in slos.items()),
    )


@dataclass(frozen=True)
class Level:
    """One SLO on its worst row: met, broken, not measured or (in an invalid run) no verdict."""

    slo: Slo
    verdict: str
    reason: str = ""
    value: float | None = None  # with what the SLO adds to it
    unit: str = ""
    row: str = ""  # label of the worst row

    @property
    def is_finding(self) -> bool:
        """Whether it makes the check fail."""
        return self.verdict == "broken"

    @property
    def told(self) -> str:
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
    return [_level(slo, rows, head) for slo in settings.slos]


def _level(slo: Slo, rows: Sequence[Row], head: Result) -> Level:
    own = [row for row in rows if row.benchmark == slo.benchmark and not row.is_floor]
    if all(row.head.state == "absent" for row in own):
        return Level(slo, "not measured", f"no benchmark {slo.benchmark} in the new result")
    chosen = [row for row in own if _matches(row, slo)]
    if not chosen:
        wanted = ", ".join(f"{key} = {value}" for key, value in slo.parameters.items())
        return Level(slo, "not measured", f"{slo.benchmark} has no row with {wanted}")
    measured = [row for row in chosen if row.head.measured]
    if not measured:
        notes = "; ".join(note.told for note in head.notes.get(slo.benchmark, ()))
        return Level(slo, "not measured", notes or f"{chosen[0].head.state} in the new result")
    worst = max(measured, key=lambda row: row.head.value)
    found = worst.head.value + slo.add, worst.unit, worst.label
    if head.invalid and worst.is_timed:
        return Level(slo, "no verdict", "invalid run", *found)
    return Level(slo, "broken" if found[0] > slo.limit else "met", "", *found)


def _matches(row: Row, slo: Slo) -> bool:
    own = {name: value.strip("'\"") for name, value in row.named.items()}
    return slo.parameters.items() <= own.items()
