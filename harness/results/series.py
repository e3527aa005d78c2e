"""Series: the releases of one target on one machine, the newest version last."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.results.figures import literal
from harness.results.result import Result
from harness.results.target import opened


@dataclass(frozen=True)
class Series:
    """Releases of one target on one machine in one environment, by `Result.order`.

    machine: asv's fields of it; benchmarks: asv's description of each benchmark, by name.
    """

    machine: Mapping[str, str]
    releases: tuple[Result, ...]
    benchmarks: Mapping[str, Any] = field(repr=False)

    @property
    def runtime(self) -> str:
        """The runtime that was measured beside the floor, or the floor."""
        return self.releases[-1].runtime

    @property
    def is_exact(self) -> bool:
        """Whether its machine stands for all that count the same."""
        return self.releases[-1].is_exact

    @property
    def newest(self) -> Result:
        """The newest release of which anything but the floor was measured, or the newest."""
        done = [release for release in self.releases if release.has_numbers]
        return (done or list(self.releases))[-1]

    def values(self, benchmark: str, axis: str) -> list[object]:
        """The values of a parameter of a benchmark, in order; empty for an unknown benchmark."""
        described = self.benchmarks.get(benchmark)
        if described is None or axis not in described["param_names"]:
            return []
        index = described["param_names"].index(axis)
        return [literal(text) for text in described["params"][index]]


def read(config: Path) -> tuple[str, list[Series]]:
    """The project's name and its series, by machine and environment; BadInput without results."""
    with opened(config) as target:
        found = [
            Series({k: str(v) for k, v in of[0].asv.params.items()}, tuple(of), target.benchmarks)
            for of in target.every()
        ]
        for line in target.remarks:
            print(line, file=sys.stderr)
        return str(target.conf.project), found
