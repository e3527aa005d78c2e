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
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.check.rows import GRADES
from harness.results.errors import BadInput

DEFAULTS = {"counts": 0.01, "virtual": 0.01, "ratios": 0.05, "absolutes": 0.10}
FILE = "slo.toml"


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
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from None
    _known(content, {"thresholds", "slo"}, str(path))
    thresholds = _table(content.get("thresholds", {}), f"{path}: thresholds")
    special = _table(thresholds.pop("benchmarks", {}), f"{path}: thresholds.benchmarks")
    _known(thresholds, set(GRADES), f"{path}: thresholds")
    where = f"{path}: thresholds."
    slos = _table(content.get("slo", {}), f"{path}: slo")
    return Settings(
        DEFAULTS | {grade: _fraction(value, where + grade) for grade, value in thresholds.items()},
        {name: _fraction(value, where + f"benchmarks.{name!r}") for name, value in special.items()},
        tuple(_slo(name, value, f"{path}: slo.{name}") for name, value in slos.items()),
    )


def _slo(name: str, value: Any, where: str) -> Slo:
    table = _table(value, where)
    _known(table, {"title", "benchmark", "parameters", "add", "limit", "inverse"}, where)
    for key in ("benchmark", "limit"):
        if key not in table:
            raise BadInput(f"{where} has no {key}")
    parameters = _table(table.get("parameters", {}), f"{where}.parameters")
    return Slo(
        name=name,
        benchmark=_text(table["benchmark"], f"{where}.benchmark"),
        limit=_number(table["limit"], f"{where}.limit"),
        title=_text(table.get("title", name), f"{where}.title"),
        parameters={
            key: _text(each, f"{where}.parameters.{key}") for key, each in parameters.items()
        },
        add=_number(table.get("add", 0.0), f"{where}.add"),
        inverse=_text(table.get("inverse", ""), f"{where}.inverse"),
    )


def _known(table: Mapping[str, Any], keys: set[str], where: str) -> None:
    if unknown := sorted(set(table) - keys):
        raise BadInput(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(keys))}")


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{where} must be a table, not {value!r}")
    return dict(value)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{where} must be text in quotes, not {value!r}")
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadInput(f"{where} must be a number, not {value!r}")
    return float(value)


def _fraction(value: Any, where: str) -> float:
    number = _number(value, where)
    if not 0 < number < 10:
        raise BadInput(f"{where} must be a fraction above 0, such as 0.1 for 10 %, not {value!r}")
    return number
