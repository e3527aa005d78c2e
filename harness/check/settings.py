"""`slo.toml`: service levels and thresholds, read and checked.

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
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.check import toml
from harness.check.rows import GRADES

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
        for pattern, value in self.benchmarks.items():
            if fnmatch.fnmatchcase(benchmark, pattern):
                return value
        return self.thresholds[grade]


def find(config: Path, named: Path | None) -> Path | None:
    """The file to read: the one named, else slo.toml beside the config or one folder above."""
    if named is not None:
        return named
    beside = [folder / FILE for folder in (config.parent, config.parent.parent)]
    return next((path for path in beside if path.is_file()), None)


def read(path: Path | None) -> Settings:
    """The settings of a file; the default thresholds and no SLO without one.

    Raises BadInput, one line, for a missing file and for anything that is not as above.
    """
    if path is None:
        return Settings()
    content = toml.read(path, KIND)
    thresholds = content.get("thresholds", {})
    slos = content.get("slo", {})
    return Settings(
        benchmarks=thresholds.pop("benchmarks", {}),
        thresholds=DEFAULTS | thresholds,
        slos=tuple(Slo(name, **({"title": name} | slo)) for name, slo in slos.items()),
    )
