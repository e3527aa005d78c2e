"""Rows: one benchmark with one set of parameters, as two results have it.

A sample stands for one process. asv's own timing returns several values a process, which are
correlated; each process is therefore reduced to its median before anything is tested.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GRADES = ("counts", "virtual", "ratios", "absolutes")
EXACT = ("counts", "virtual")
FLOOR = "'floor'"


@dataclass(frozen=True)
class Side:
    """What one result says of a row: `state` is value, n/a, failed, absent or other version."""

    state: str
    value: float = math.nan
    samples: tuple[float, ...] = ()  # one a process; empty if asv did not keep them
    low: float = math.nan  # asv's 99 % interval, in the benchmark's unit
    high: float = math.nan
    repeat: int = 0  # values behind the interval

    @property
    def measured(self) -> bool:
        """Whether there is a number."""
        return self.state == "value"


ABSENT = Side("absent")


@dataclass(frozen=True)
class Row:
    """One benchmark and parameter set on both sides."""

    benchmark: str
    names: tuple[str, ...]
    params: tuple[str, ...]
    grade: str
    unit: str
    processes: int  # asv's rounds: how many processes gave the samples; 1 where each gave one
    base: Side
    head: Side
    is_floor: bool = False

    @property
    def label(self) -> str:
        """The name as asv writes it: benchmark(parameters)."""
        return f"{self.benchmark}({', '.join(self.params)})" if self.params else self.benchmark

    @property
    def is_control(self) -> bool:
        """Whether it measures the machine and nothing else."""
        return self.benchmark.startswith("controls.")

    @property
    def setting(self) -> tuple[tuple[str, str], ...]:
        """The parameters without the runtime: what a row shares with its floor."""
        named = zip(self.names, self.params, strict=False)
        return tuple((name, value) for name, value in named if name != "runtime")

    @property
    def is_noisy(self) -> bool:
        """Whether the grade has noise, so that a change needs a test."""
        return self.grade not in EXACT

    @property
    def is_timed(self) -> bool:
        """Whether a busy machine moves it, so that an invalid run says nothing about it.

        Memory hardly depends on what else the machine does, seconds do.
        """
        return self.grade == "absolutes" and self.unit != "bytes"


def rows(base: Any, head: Any, benchmarks: Mapping[str, Any]) -> list[Row]:
    """All rows of two `asv.results.Results`, in the order of names.

    benchmarks: asv's descriptions by name; asv keeps results of benchmarks that are no longer in
    the suite, which are left out here as they are on its pages.
    """
    kept = set(base.get_all_result_keys()) | set(head.get_all_result_keys())
    names = sorted(kept & set(benchmarks))
    return [row for name in names for row in _of(name, base, head, benchmarks[name])]


def _of(name: str, base: Any, head: Any, about: Mapping[str, Any]) -> Iterator[Row]:
    kept = [r.get_result_params(name) for r in (head, base) if name in r.get_all_result_keys()]
    params = kept[0]
    processes = int(about.get("rounds") or 1)
    old, new = (sides(each, name, params, processes) for each in (base, head))
    versions = [each.benchmark_version.get(name) for each in (base, head)]
    if len(kept) == 2 and versions[0] != versions[1]:
        old = [Side("other version")] * len(old)
    names = tuple(about.get("param_names") or ())
    has_runtimes = "runtime" in names and len(params[names.index("runtime")]) > 1
    for combination, one, other in zip(itertools.product(*params), old, new, strict=True):
        runtime = combination[names.index("runtime")] if has_runtimes else ""
        yield Row(
            benchmark=name,
            names=names,
            params=combination,
            grade=_grade(about),
            unit=str(about.get("unit") or ""),
            processes=processes,
            base=one,
            head=other,
            is_floor=runtime == FLOOR,
        )


def _grade(about: Mapping[str, Any]) -> str:
    grade = str(about.get("grade", "absolutes"))
    return grade if grade in GRADES else "absolutes"


def sides(results: Any, name: str, params: Sequence[Any], processes: int = 1) -> list[Side]:
    """The sides of one benchmark, one a parameter combination."""
    length = math.prod(len(axis) for axis in params)
    if name not in results.get_all_result_keys():
        return [ABSENT] * length
    values = results.get_result_value(name, params)
    stats = _listed(results._stats[name], results.get_result_stats, name, params, length)
    samples = _listed(results._samples[name], results.get_result_samples, name, params, length)
    return [_side(*each, processes) for each in zip(values, stats, samples, strict=True)]


def _listed(kept: Any, get: Any, name: str, params: Sequence[Any], length: int) -> list[Any]:
    return list(get(name, params)) if kept else [None] * length


def _side(value: Any, stats: Any, samples: Any, processes: int) -> Side:
    if value is None:
        return Side("failed")
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return Side("n/a")
    stats = stats or {}
    return Side(
        state="value",
        value=float(value),
        samples=by_process(samples or (), processes),
        low=_number(stats.get("ci_99_a")),
        high=_number(stats.get("ci_99_b")),
        repeat=int(stats.get("repeat") or 0),
    )


def by_process(samples: Sequence[Any], processes: int) -> tuple[float, ...]:
    """One value a process: the median of its samples, which asv keeps in order of processes."""
    values = [float(x) for x in samples if isinstance(x, (int, float)) and math.isfinite(x)]
    if processes <= 1 or len(values) <= processes:
        return tuple(values)
    cuts = [round(i * len(values) / processes) for i in range(processes + 1)]
    return tuple(statistics.median(values[a:b]) for a, b in itertools.pairwise(cuts))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan
