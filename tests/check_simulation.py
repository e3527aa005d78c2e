"""Simulated suites for the tests of `harness check`: rows with the noise of a shared machine.

The spreads are those seen in fourteen runs of the same release on a shared two-core machine:
seconds differ by 10 to 100 % between runs and ratios by 1 to 2 %; floor and framework share what
the machine does to them only in part.
"""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass, replace

from harness.check.rows import Row
from harness.results.figures import Figure

NAMES = ("runtime", "entry", "n")


@dataclass(frozen=True)
class Noise:
    """Standard deviations of logarithms."""

    machine: float = 0.30  # one speed a run, of everything
    window: float = 0.10  # while one benchmark was measured: its floors and frameworks alike
    row: float = 0.06  # one row between two runs
    process: float = 0.15  # one process against the next, of one row
    shared: float = 0.10  # the same, of framework and floor alike
    ratio: float = 0.012  # a ratio between two runs
    ratio_process: float = 0.025
    memory: float = 0.01  # the peak of a process between two runs

    def busy(self) -> Noise:
        """The same machine with another process on one of two cores."""
        return replace(self, machine=0.5, window=0.25, row=0.12, process=0.3, shared=0.3)


QUIET = Noise()
BUSY = QUIET.busy()
STEADY = Noise(machine=0.01, window=0.01, row=0.01, process=0.03, shared=0.02, ratio=0.004)


@dataclass
class Suite:
    """Rows of two runs; `regressed` scales the head of the framework's rows of a benchmark."""

    seed: int
    noise: Noise = QUIET
    processes: tuple[int, int] = (8, 8)  # of the two runs
    benchmarks: int = 20  # of seconds; half as many of ratios, plus counts
    rows_each: int = 5
    regressed: tuple[str, float] = ("", 1.0)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def rows(self) -> list[Row]:
        """About 16 rows a benchmark of seconds, half of them floors."""
        speeds = [self._log(self.noise.machine) for _ in range(2)]
        rows = [self._control(speeds)]
        for number in range(self.benchmarks):
            rows += self._seconds(f"seconds.S{number}.track_s", speeds, tail=number % 5 == 4)
        for number in range(self.benchmarks // 2):
            rows += self._ratios(f"ratios.R{number}.track_r", has_floor=number % 4 != 3)
        for number in range(self.benchmarks // 2):
            rows += self._counts(f"counts.C{number}.track_c")
        return rows + self._shares("shares.S.track_error_rate") + self._peaks("memory.M.peakmem")

    def _log(self, deviation: float) -> float:
        return self.random.gauss(0, deviation)

    def _control(self, speeds: list[float]) -> Row:
        samples = [[3e-4 * math.exp(s + self._log(0.03)) for _ in range(4)] for s in speeds]
        return row("controls.Controls.time_arithmetic", "absolutes", "seconds", *samples)

    def _seconds(self, name: str, speeds: list[float], tail: bool) -> list[Row]:
        noise = self.noise
        more = 6 if tail else 1  # tails of latency are far noisier than medians
        windows = [speed + self._log(noise.window) for speed in speeds]
        return self._pairs(
            name, "absolutes", "seconds", windows, noise.row * more, noise.process * more
        )

    def _ratios(self, name: str, has_floor: bool) -> list[Row]:
        noise = self.noise
        rows = self._pairs(name, "ratios", "times", [0.0, 0.0], noise.ratio, noise.ratio_process)
        return rows if has_floor else [each for each in rows if not each.is_floor]

    def _pairs(
        self, name: str, grade: str, unit: str, shifts: list[float], between: float, within: float
    ) -> list[Row]:
        rows = []
        for n in range(self.rows_each):
            spread = 0.0 if grade == "ratios" else self.noise.shared
            shared = [[self._log(spread) for _ in range(each)] for each in self.processes]
            for runtime in ("'mine'", "'floor'"):
                sides = []
                for side in range(2):
                    level = shifts[side] + self._log(between)
                    if side and runtime == "'mine'" and self.regressed[0] == name:
                        level += math.log(self.regressed[1])
                    values = [level + common + self._log(within) for common in shared[side]]
                    sides.append([0.001 * (n + 1) * math.exp(value) for value in values])
                rows.append(row(name, grade, unit, *sides, params=(runtime, "'x'", str(n))))
        return rows

    def _counts(self, name: str) -> list[Row]:
        factor = self.regressed[1] if self.regressed[0] == name else 1.0
        return [
            row(name, "counts", "calls", [100.0 * (n + 1)], [factor * 100 * (n + 1)], params=params)
            for n in range(self.rows_each)
            for params in [("'mine'", "'x'", str(n))]
        ]

    def _shares(self, name: str) -> list[Row]:
        """Shares of runs that fail by chance, of 100 in each process."""
        rows = []
        for n in range(4 * self.rows_each):
            rate, sides = self.random.choice([0, 0.001, 0.01, 0.05, 0.3]), []
            for processes in self.processes:
                runs = 100 * processes
                failed = sum(self.random.random() < rate for _ in range(runs))
                sides.append(Figure(failed / runs, runs=runs))
            params = ("'mine'", "'x'", str(n))
            rows.append(Row(name, NAMES, params, "counts", "of all runs", 1, *sides))
        return rows

    def _peaks(self, name: str) -> list[Row]:
        """One value a process: the same walk of framework and floor, and one of each."""
        rows = []
        for n in range(4 * self.rows_each):
            walks = [self._log(self.noise.memory) for _ in "ab"]
            for runtime in ("'mine'", "'floor'"):
                sides = [[5e7 * math.exp(walk + self._log(self.noise.memory))] for walk in walks]
                params = (runtime, "'x'", str(n))
                rows.append(row(name, "absolutes", "bytes", *sides, params=params))
        return rows


def row(
    name: str,
    grade: str,
    unit: str,
    base: list[float],
    head: list[float],
    params: tuple[str, ...] = (),
    processes: int = 1,
) -> Row:
    """A row with these samples."""
    names = NAMES[: len(params)]
    is_floor = bool(params) and params[0] == "'floor'"
    return Row(name, names, params, grade, unit, processes, side(base), side(head), is_floor)


def side(samples: list[float]) -> Figure:
    """A side as asv would give it: a single value has neither samples nor an interval."""
    value = statistics.median(samples)
    if len(samples) == 1:
        return Figure(value)
    return Figure(value, min(samples), max(samples), tuple(samples), len(samples))
