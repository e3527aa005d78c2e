"""Reads asv's results: releases in order, their figures by parameters, their notes and packages."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.results import iter_results
from asv.util import UserError

FLOOR = "floor"
Params = tuple[object, ...]


@dataclass(frozen=True)
class Figure:
    """One value in the benchmark's unit; low and high bound its 99 % interval, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Release:
    """What one results file holds; `figures` has only finite values, by benchmark and parameters.

    name: `v1.2.3` where a list of packages names it, else the abbreviated commit.
    """

    name: str
    uploaded: datetime
    figures: Mapping[str, Mapping[Params, Figure]]
    installed: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def get(self, benchmark: str, *params: object) -> Figure | None:
        """The figure of one combination of parameters, or None where there is none."""
        return self.figures.get(benchmark, {}).get(params)


@dataclass(frozen=True)
class Series:
    """Releases of one target on one machine in one environment, oldest first.

    benchmarks: asv's description of each benchmark, by name.
    """

    machine: Mapping[str, str]
    python: str
    releases: tuple[Release, ...]
    benchmarks: Mapping[str, Mapping[str, Any]] = field(repr=False)
    runtime: str = FLOOR

    @property
    def newest(self) -> Release:
        """The newest release of which anything but the floor was measured, or the newest."""
        done = [release for release in self.releases if _of_runtime(release, self.runtime)]
        return (done or list(self.releases))[-1]

    def values(self, benchmark: str, axis: str) -> list[object]:
        """The values of a parameter of a benchmark, in order; empty for an unknown benchmark."""
        described = self.benchmarks.get(benchmark)
        if described is None or axis not in described["param_names"]:
            return []
        index = described["param_names"].index(axis)
        return [literal(text) for text in described["params"][index]]


def read(config: Path) -> tuple[str, list[Series]]:
    """The project's name and its series, by machine and environment.

    Raises asv's UserError for a bad config, and where no results are kept.
    """
    conf = Config.load(str(config))
    conf.results_dir = str(config.parent / conf.results_dir)
    if not Path(conf.results_dir, "benchmarks.json").is_file():
        raise UserError(f"{config} has no results yet: nothing to report")
    benchmarks = dict(Benchmarks.load(conf))
    found: dict[tuple[str, str], list[Any]] = {}
    for results in iter_results(conf.results_dir):
        found.setdefault((results.params["machine"], results.env_name), []).append(results)
    if not found:
        raise UserError(f"{config} has no results yet: nothing to report")
    root = Path(conf.results_dir)
    return str(conf.project), [_series(root, found[key], benchmarks) for key in sorted(found)]


def literal(text: str) -> object:
    """A parameter as asv keeps it, as the value it was; text that is no literal stays text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _series(root: Path, group: list[Any], benchmarks: Mapping[str, Any]) -> Series:
    # Releases of one moment are told apart by their hash: the order must not hang on the disk.
    group.sort(key=lambda results: (results.date, results.commit_hash))
    runtimes = [
        literal(text)
        for described in benchmarks.values()
        for name, values in zip(described["param_names"], described["params"], strict=True)
        for text in values
        if name == "runtime"
    ]
    return Series(
        machine={k: str(v) for k, v in group[0].params.items() if k != "python"},
        python=str(group[0].params.get("python", "")),
        releases=tuple(_release(root, results, benchmarks) for results in group),
        benchmarks=benchmarks,
        runtime=next((str(name) for name in runtimes if name != FLOOR), FLOOR),
    )


def _release(root: Path, results: Any, benchmarks: Mapping[str, Any]) -> Release:
    # asv keeps the file's name, "machine/stem.json", to itself; the sidecars share its stem.
    stem = root / results._filename.removesuffix(".json")
    freeze = _lines(Path(f"{stem}.freeze.txt"))
    head = [line.removeprefix("# ") for line in freeze if line.startswith("#")]
    pin = head[0].split()[0] if head else ""
    return Release(
        name=f"v{pin.partition('==')[2]}" if "==" in pin else results.commit_hash[:8],
        uploaded=datetime.fromtimestamp(results.date / 1000, UTC),
        figures={
            name: _figures(results, name, benchmarks[name]["params"])
            for name in sorted(results.get_result_keys(benchmarks))
        },
        installed=tuple(line for line in freeze if not line.startswith("#")),
        resolved=tuple(head),
        notes=tuple(_lines(Path(f"{stem}.notes.txt"))),
    )


def _figures(results: Any, name: str, params: list[list[str]]) -> dict[Params, Figure]:
    values = results.get_result_value(name, params)
    stats = results.get_result_stats(name, params) or [None] * len(values)
    found = {}
    for combination, value, stat in zip(itertools.product(*params), values, stats, strict=True):
        if isinstance(value, (int, float)) and math.isfinite(value):
            low, high = (_finite((stat or {}).get(f"ci_99_{end}")) for end in "ab")
            found[tuple(map(literal, combination))] = Figure(float(value), low, high)
    return found


def _finite(value: Any) -> float | None:
    usable = isinstance(value, (int, float)) and math.isfinite(value)
    return float(value) if usable else None


def _of_runtime(release: Release, runtime: str) -> bool:
    return any(runtime in params for table in release.figures.values() for params in table)


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError:
        return []
