"""An asv project with results made by hand, for the tests of `harness check`."""

from __future__ import annotations

import functools
import json
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from asv.results import Results
from asv.runner import BenchmarkResult

from harness.history.repository import Commit, write

FIRST = 1_740_830_400  # 2025-03-01 12:00 UTC; one commit a day
DAY = 86_400
ENVIRONMENT = "virtualenv-py3.11"
RUNTIMES = ["'mine'", "'floor'"]
Samples = list[float]


def about(name: str, grade: str, unit: str, kind: str = "track") -> dict[str, object]:
    """A benchmark as asv describes it, with the runtime as its only parameter."""
    described = {
        "name": name,
        "code": "def run():\n    pass",
        "params": [RUNTIMES],
        "param_names": ["runtime"],
        "type": kind,
        "unit": unit,
        "version": "1",
    }
    return described | ({"grade": grade} if grade else {})


CONTROL = "controls.Controls.time_arithmetic"
BENCHMARKS: dict[str, dict[str, object]] = {
    "latency.Counted.track_calls": about("latency.Counted.track_calls", "counts", "calls")
    | {"measure": "calls_run", "figure": "calls", "fixed": {}, "renamed": {}},
    "latency.Added.track_p50": about("latency.Added.track_p50", "absolutes", "seconds"),
    "speedup.Overlap.track_fraction": about(
        "speedup.Overlap.track_fraction", "ratios", "of sequential time"
    ),
    "latency.Memory.peakmem_runs": about("latency.Memory.peakmem_runs", "", "bytes", "peakmemory"),
    CONTROL: about(CONTROL, "", "seconds", "time") | {"params": [], "param_names": []},
}
USUAL = {
    "latency.Counted.track_calls": (100.0, 10.0),
    "latency.Added.track_p50": (2e-3, 1e-3),
    "speedup.Overlap.track_fraction": (0.115, 0.11),
    "latency.Memory.peakmem_runs": (3e7, 2e7),
    CONTROL: (3e-4,),
}
Change = Callable[[str, int, float], float | None]
"""(benchmark, 0 for the framework or 1 for the floor, usual value) -> value; None failed."""


@dataclass
class Project:
    """A folder with asv.conf.json, a git repository, and results of machine "lab"."""

    root: Path
    commits: list[str]

    @property
    def config(self) -> Path:
        return self.root / "asv.conf.json"

    @property
    def results(self) -> Path:
        return self.root / "results"

    def stem(self, number: int, machine: str = "lab") -> Path:
        """The path of a results file without .json."""
        return self.results / machine / f"{self.commits[number][:8]}-{ENVIRONMENT}"

    def measure(
        self,
        number: int,
        change: Change | None = None,
        machine: str = "lab",
        environment: str = ENVIRONMENT,
        noise: float = 0.005,
        keep_samples: bool = True,
        version: str = "1",
    ) -> None:
        """Save results of a commit, changed from the usual ones."""
        params = {"machine": machine, "os": "Linux", "python": "3.11"}
        folder = self.results / machine
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "machine.json").write_text(json.dumps(params | {"version": 1}))
        date = 1000 * (FIRST + number * DAY)
        results = Results(params, {}, self.commits[number], date, "3.11", environment, {})
        dice = random.Random(f"{number} {machine}")
        for name, benchmark in BENCHMARKS.items():
            values = [
                change(name, index, usual) if change else usual
                for index, usual in enumerate(USUAL[name])
            ]
            results.add_result(
                benchmark | {"version": version},
                _result(name, values, noise, dice),
                record_samples=True,
            )
            if not keep_samples:  # our plugin keeps them always, once a test has loaded it
                results._samples[name] = None
        results.save(str(self.results))


def _result(
    name: str, values: list[float | None], noise: float, dice: random.Random
) -> BenchmarkResult:
    if "track_calls" in name or "peakmem" in name:
        return BenchmarkResult(values, [None] * len(values), [None] * len(values), 0, "", None)
    samples = [_samples(value, noise, dice) for value in values]
    return BenchmarkResult(values, samples, [1] * len(values), 0, "", None)


def _samples(value: float | None, noise: float, dice: random.Random) -> Samples | None:
    if value is None or value != value:
        return None
    return [value * (1 + dice.gauss(0, noise)) for _ in range(8)]


def times(factors: Mapping[str, float], floor: bool = False) -> Change:
    """Multiply the framework's values of these benchmarks (and the floor's, too)."""

    def change(name: str, index: int, usual: float) -> float:
        return usual * factors.get(name, 1.0) if floor or index == 0 else usual

    return change


@functools.cache
def _repository(commits: int) -> tuple[tempfile.TemporaryDirectory[str], list[str]]:
    """A repository and its commits: copying it costs less than the four processes that write it."""
    folder = tempfile.TemporaryDirectory()
    chain = [
        Commit(f"v0.{n}", f"change {n}", "a <a@a>", FIRST + n * DAY, {}) for n in range(commits)
    ]
    return folder, list(write(Path(folder.name, "code"), chain, chain[-1].tag).values())


def make(root: Path, commits: int = 3) -> Project:
    """The project without results; commit n is tagged v0.n."""
    written, hashes = _repository(commits)
    shutil.copytree(Path(written.name, "code"), root / "code")
    config = {
        "version": 1,
        "project": "Demo",
        "repo": "code",
        "branches": ["main"],
        "plugins": [],
        "results_dir": "results",
    }
    (root / "asv.conf.json").write_text(json.dumps(config))
    (root / "results").mkdir()
    (root / "results" / "benchmarks.json").write_text(json.dumps(BENCHMARKS | {"version": 2}))
    return Project(root, list(hashes))
