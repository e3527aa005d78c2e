"""Rows: one benchmark with one set of parameters, as two results have it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.results import figures
from harness.results.figures import NOT_AVAILABLE, NOTHING, OTHER_VERSION, Figure
from harness.results.result import Result

GRADES = ("counts", "virtual", "ratios", "absolutes")
EXACT = ("counts", "virtual")
FLOOR = "'floor'"


@dataclass(frozen=True)
class Row:
    """One benchmark and parameter set on both sides."""

    benchmark: str
    names: tuple[str, ...]
    params: tuple[str, ...]
    grade: str
    unit: str
    processes: int  # asv's rounds: how many processes gave the samples; 1 where each gave one
    base: Figure
    head: Figure
    is_floor: bool = False
    size: float = 0.0  # of what it is the rest, and by which it is judged; 0: by its own size
    repeats: bool = False  # its benchmark says that it repeats to the digit, whatever its grade
    by_other_code: bool = False  # of ours, on one of the sides: a change may not be the framework's

    @property
    def label(self) -> str:
        """The name as asv writes it: benchmark(parameters)."""
        return f"{self.benchmark}({', '.join(self.params)})" if self.params else self.benchmark

    @property
    def samples(self) -> tuple[float, ...]:
        return self.base.samples + self.head.samples

    @property
    def named(self) -> dict[str, str]:
        return dict(zip(self.names, self.params, strict=False))

    @property
    def place(self) -> tuple[object, ...]:
        """What a row shares with its floor: the benchmark, and parameters but for the runtime."""
        return self.benchmark, *(item for item in self.named.items() if item[0] != "runtime")

    @property
    def is_judged(self) -> bool:
        """Whether it is of the framework: floors and controls are witnesses."""
        return not self.is_floor and not self.benchmark.startswith("controls.")

    @property
    def is_compared(self) -> bool:
        """Whether both sides have a number."""
        return self.base.measured and self.head.measured

    @property
    def is_noisy(self) -> bool:
        """Whether it has noise, so that a change needs a test."""
        return not (self.repeats or self.grade in EXACT) or self.is_share

    @property
    def is_share(self) -> bool:
        """Whether it is a share of runs, such as those that failed: few of them come by chance."""
        return self.unit == "of all runs"

    @property
    def is_timed(self) -> bool:
        """Whether a busy machine moves it, so that an invalid run says nothing about it.

        Memory hardly depends on what else the machine does, seconds do.
        """
        return self.grade == "absolutes" and self.unit != "bytes"


def rows(base: Result, head: Result) -> list[Row]:
    """All rows of two results, in the order of names.

    asv keeps results of benchmarks that are no longer in the suite. They are left out here, as
    they are on its pages, unless base has them and head has not.
    """
    kept = set(base.asv.get_all_result_keys()) | set(head.asv.get_all_result_keys())
    return [row for name in sorted(kept) for row in _of(name, base, head)]


def _of(name: str, base: Result, head: Result) -> Iterator[Row]:
    about: Mapping[str, Any] = head.benchmarks.get(name, {})
    processes = int(about.get("rounds") or 1)
    old, new = (figures.read(each.asv, name, processes) for each in (base, head))
    if not about and new:
        return
    versions = [each.asv.benchmark_version.get(name) for each in (base, head)]
    if old and new and versions[0] != versions[1]:
        old = dict.fromkeys(new, Figure(state=OTHER_VERSION))
    codes = {each.codes.get(name, "") for each in (base, head)} - {""}
    combinations = list(dict.fromkeys([*new, *old]))
    is_measured = any(each.measured for each in new.values())
    has_runtimes = any(FLOOR not in each for each in combinations)
    names = tuple(about.get("param_names") or ())
    grade = str(about.get("grade"))
    for combination in combinations:
        one, other = (each.get(combination, NOTHING) for each in (old, new))
        is_gap = one.measured and other.state == NOT_AVAILABLE and is_measured
        if is_gap and not head.reason(name, combination):
            other = NOTHING  # asv writes NaN, too, for parameters that it was not asked to run
        yield Row(
            benchmark=name,
            names=names,
            params=combination,
            grade=grade if grade in GRADES else "absolutes",
            unit=str(about.get("unit") or ""),
            processes=processes,
            base=one,
            head=other,
            is_floor=has_runtimes and FLOOR in combination,
            size=float(dict(zip(names, combination, strict=False)).get(about.get("beyond"), 0)),
            repeats=bool(about.get("exact")),
            by_other_code=len(codes) > 1,
        )
