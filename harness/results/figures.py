"""Figures: what a results file says of one benchmark with one set of parameters.

A sample stands for one process. asv's own timing returns several values a process, which are
correlated; each process is therefore reduced to its median before anything is tested.
"""

import ast
import itertools
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VALUE, NOT_AVAILABLE, FAILED, NOT_FINITE = "value", "n/a", "failed", "not a finite number"
ABSENT, OTHER_VERSION = "absent", "other version"
FLOOR = "floor"
"""The runtime beside which each framework is measured."""


@dataclass(frozen=True)
class Figure:
    """A value in the benchmark's unit; `state` says why there is none.

    low and high: asv's 99 % interval; samples: one per process, none if asv did not keep them;
    repeat: processes behind it; runs: of which a share was pooled, as asv's `number` says.
    """

    value: float = math.nan
    low: float | None = None
    high: float | None = None
    samples: tuple[float, ...] = ()
    repeat: int = 0
    runs: int = 0
    state: str = VALUE

    @property
    def measured(self) -> bool:
        """Whether there is a number."""
        return self.state == VALUE


NOTHING = Figure(state=ABSENT)


def read(results: Any, name: str, processes: int = 1) -> dict[tuple[str, ...], Figure]:
    """The figures of a benchmark in asv's `Results` by its parameters then; empty if not run.

    processes: asv's rounds, so many processes gave the samples; 1 where each gave one.
    """
    if name not in results.get_all_result_keys():
        return {}
    params = results.get_result_params(name)
    kept = (results.get_result_value, results.get_result_stats, results.get_result_samples)
    columns = zip(*(get(name, params) for get in kept), strict=True)
    found = (_figure(value, stats or {}, samples, processes) for value, stats, samples in columns)
    return dict(zip(itertools.product(*params), found, strict=True))


def _figure(value: Any, stats: Mapping[str, Any], samples: Any, processes: int) -> Figure:
    if value is None:
        return Figure(state=FAILED)
    number = _finite(value)
    if number is None:
        is_nan = isinstance(value, float) and math.isnan(value)
        return Figure(state=NOT_AVAILABLE if is_nan else NOT_FINITE)
    return Figure(
        value=number,
        low=_finite(stats.get("ci_99_a")),
        high=_finite(stats.get("ci_99_b")),
        samples=by_process(samples or (), processes),
        repeat=processes if processes > 1 else _whole(stats.get("repeat")),
        runs=_whole(stats.get("repeat")) * _whole(stats.get("number")),
    )


def by_process(samples: Sequence[Any], processes: int) -> tuple[float, ...]:
    """One value a process: the median of its samples, which asv keeps in order of processes."""
    values = [value for value in map(_finite, samples) if value is not None]
    if processes <= 1 or len(values) <= processes:
        return tuple(values)
    cuts = [round(i * len(values) / processes) for i in range(processes + 1)]
    return tuple(statistics.median(values[a:b]) for a, b in itertools.pairwise(cuts))


def _finite(value: Any) -> float | None:
    usable = isinstance(value, (int, float)) and abs(value) <= sys.float_info.max
    return float(value) if usable else None


def _whole(value: Any) -> int:
    return int(_finite(value) or 0)


def literal(text: str) -> object:
    """A parameter as asv keeps it, as the value it was; text that is no literal stays text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
