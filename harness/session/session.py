"""A measuring session: many short worker processes, each sweeping the same cells once.

Samples of one process are correlated, so a figure gets one sample per process and confidence
is bought with processes. Within a process a cell is measured on the framework and the floor
in turn, and every second process swaps who goes first.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from harness.common import asked
from harness.common.stats import FEWEST_PROCESSES
from harness.instruments.counters import functions
from harness.session.sweep import Jobs, forks, sweep

DEFAULT_PROCESSES = 8  # the fewest with which a 99 % interval of the median is finite
ENOUGH_SECONDS = 8.0  # once a cell has cost that much, FEWEST_PROCESSES have to do
COUNTED_PROCESSES = 2  # for counts that are no exact ones, where only counts are wanted
LONG_SECONDS = 5.0  # in a process: such a cell comes last
SESSION_SECONDS = 280.0  # then no more processes are started, and what is measured is kept

_KEEPING = threading.Lock()


class NotMeasured(NotImplementedError):
    """The runtime cannot do this; the message says why. asv shows n/a."""


class MeasureFailed(RuntimeError):
    """The measure raised; the message is the first error."""


@dataclass(frozen=True)
class Cell:
    """One thing to measure: a measure of `harness.measures`, on a runtime, with arguments."""

    measure: str
    runtime: str
    args: tuple[tuple[str, object], ...] = ()

    @property
    def label(self) -> str:
        """Its name in files, such as "calls_run greenlang entry=threads tool_rounds=0"."""
        return functions.label(self.measure, self.runtime, dict(self.args))

    def job(self) -> dict[str, object]:
        """The form a worker reads."""
        return {
            "label": self.label,
            "measure": self.measure,
            "runtime": self.runtime,
            "args": dict(self.args),
        }


def cell(measure: str, runtime: str, **args: object) -> Cell:
    """The cell of these arguments; the same call plans a measurement and looks it up."""
    return Cell(measure, runtime, tuple(sorted(args.items())))


@dataclass
class Outcome:
    """What became of a cell: samples by figure (one a process), or why there are none."""

    samples: dict[str, list[float]] = field(default_factory=dict)
    not_measured: str = ""
    error: str = ""
    processes: int = 0
    seconds: float = 0.0

    def add(self, entry: Mapping[str, Any]) -> None:
        """What one process says."""
        self.error = entry.get("error", "")
        self.not_measured = entry.get("not_measured", "")
        self.processes += 1
        self.seconds += entry.get("seconds", 0.0)
        for figure, value in entry.get("figures", {}).items():
            self.samples.setdefault(figure, []).append(value)

    def wanted(self, turn: int, most: int) -> bool:
        """Whether a process is to measure it in this turn, as `most` do in all.

        What takes LONG_SECONDS in each waits until the others have theirs, from turn `most` on.
        """
        enough = FEWEST_PROCESSES if self.seconds >= ENOUGH_SECONDS else most
        if self.error or self.not_measured or self.processes >= enough:
            return False
        return self.processes > 0 if turn >= most else self.seconds <= LONG_SECONDS * self.processes


@dataclass
class Measured:
    """Outcomes by cell, and how long it took: `busy` is seconds inside measures, of `wall`."""

    outcomes: dict[Cell, Outcome] = field(default_factory=dict)
    busy: float = 0.0
    wall: float = 0.0

    def samples(self, of: Cell, figure: str) -> list[float]:
        """Samples of one figure; raises NotMeasured or MeasureFailed with the reason.

        Where runs failed a process gives no latency, and those of a lucky few would flatter.
        """
        outcome = self.outcomes[of]
        if outcome.error:
            raise MeasureFailed(outcome.error)
        if outcome.not_measured:
            raise NotMeasured(outcome.not_measured)
        kept = outcome.samples.get(figure, [])
        if not kept and "error_rate" not in outcome.samples:
            raise MeasureFailed(f"{of.measure} gives no {figure}")
        if (lacking := outcome.processes - len(kept)) >= max(1, len(kept)):
            why = f"in {lacking} of {outcome.processes} processes"
            raise NotMeasured(f"runs failed, or the generator of the load was late, {why}")
        return kept

    def update(self, other: Measured) -> Measured:
        """This, with the outcomes and times of `other` added."""
        self.outcomes.update(other.outcomes)
        self.busy += other.busy
        self.wall += other.wall
        return self


def processes() -> int:
    """Worker processes a session uses: HARNESS_PROCESSES, or the default."""
    return max(1, int(os.environ.get("HARNESS_PROCESSES", DEFAULT_PROCESSES)))


def measure(
    *files: Iterable[Cell],
    count: int | None = None,
    exact: bool = False,
    seconds: float = SESSION_SECONDS,
) -> Measured:
    """Measure cells in `count` worker processes (default: `processes()`), within `seconds`.

    files: cells of one may share a process. exact: the figures repeat exactly, so each cell is
    measured once, with a fixed hash seed, and as many workers at a time as there are cores, because
    noise does not touch them (`counters.functions` keeps where). So are the others in a run for
    counts alone, in a few processes each.

    Cells for asyncio run in workers of their own: in some frameworks a synchronous run leaves
    state behind that an asyncio run trips over. HARNESS_LEDGER names a file to which each session
    appends how long it took, and how much of it measuring.
    """
    begin, end = time.perf_counter(), time.monotonic() + seconds
    groups = [group for cells in files for group in _groups(cells)]
    result = Measured({item: Outcome() for group in groups for item in group})
    labelled = {item.label: item for item in result.outcomes}

    def keep(job: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        with _KEEPING:
            result.outcomes[labelled[job["label"]]].add(entry)
            functions.keep([job["label"]], [entry])

    if exact or asked.counts_only():
        once: Sequence[Jobs] = [[item.job() for item in group] for group in groups if group]
        if exact:
            once = forks(once, keep, end, _cores()) if once else []
        else:
            once = [*once] * COUNTED_PROCESSES
        with ThreadPoolExecutor(_cores()) as pool:
            list(pool.map(lambda jobs: sweep(jobs, keep, end, exact), once))
    else:
        most = count or processes()
        for turn in range(2 * most):
            for group in groups:  # where time is short, all of them get as many
                left = [item for item in group if result.outcomes[item].wanted(turn, most)]
                sweep([item.job() for item in _turned(left, turn, most)], keep, end, exact)
    for outcome in result.outcomes.values():
        if not (outcome.processes or outcome.error):
            outcome.error = f"no time was left for it: the session had {seconds:g} s"
    result.busy = sum(outcome.seconds for outcome in result.outcomes.values())
    result.wall = time.perf_counter() - begin
    if ledger := os.environ.get("HARNESS_LEDGER"):
        with open(ledger, "a", encoding="utf-8") as file:
            file.write(json.dumps({"busy": result.busy, "wall": result.wall}) + "\n")
    return result


def _groups(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that share processes. Counts of the same work come from one pass: side by side."""
    groups: dict[bool, dict[object, list[Cell]]] = {False: {}, True: {}}
    for item in dict.fromkeys(cells):
        groups[dict(item.args).get("entry") == "asyncio"].setdefault(item.args, []).append(item)
    return [[item for same in group.values() for item in same] for group in groups.values()]


def _cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _turned(cells: Sequence[Cell], turn: int, most: int) -> list[Cell]:
    """The order of a process: the experiments begin with another one each time, and the runtimes
    of each are reversed every second time."""
    by_experiment: dict[tuple[object, ...], list[Cell]] = {}
    for item in cells:
        by_experiment.setdefault((item.measure, item.args), []).append(item)
    groups = list(by_experiment.values())
    first, step = turn % most * len(groups) // most, -1 if turn % 2 else 1
    return [item for group in groups[first:] + groups[:first] for item in group[::step]]
