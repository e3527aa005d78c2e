"""A measuring session: a few processes, each of which imports the framework and sweeps all cells.

Samples of one process are correlated, so a figure gets one sample per process and confidence
is bought with processes. Each file of benchmarks is measured in a fork of it, so that none sees
what another has left behind; the framework and the floor in turn, and every second process swaps
who goes first.

In an asv run, all that has been measured is in a journal: the session of the first file measures
for all of them, and a run that was killed goes on where it ended.
"""

import contextlib
import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from harness.common import asked
from harness.common.stats import FEWEST_PROCESSES
from harness.instruments import steady
from harness.instruments.counters import functions
from harness.session.sweep import sweep

DEFAULT_PROCESSES = 8  # the fewest with which a 99 % interval of the median is finite
ENOUGH_SECONDS = 100.0  # once all sampled cells have cost that much, FEWEST_PROCESSES have to do
COUNTED_PROCESSES = 2  # for counts that are no exact ones, where only counts are wanted
SESSION_SECONDS = 1500.0  # then no more is started, and what is measured is kept

T = TypeVar("T")

Files = Sequence[Sequence["Cell"]]
"""Cells by file: those of one may share a process."""


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
    """What became of a cell: samples by figure (one per process), or why there are none."""

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

    def wanted(self, turn: int) -> bool:
        """Whether the process after `turn` others is to measure it."""
        return not (self.error or self.not_measured or self.processes > turn)


@dataclass
class Measured:
    """Outcomes by cell."""

    outcomes: dict[Cell, Outcome]

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


class _Journal:
    """Outcomes of cells, with those that this asv run has already."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.outcomes = {cell: Outcome() for cell in cells}
        self._labelled = {cell.label: outcome for cell, outcome in self.outcomes.items()}
        self._lock = threading.Lock()
        self._path = (asked.folder() or Path(os.devnull)) / asked.CELLS
        for label, entry in asked.journal(self._path):
            if _is_entry(entry):
                self._add(label, entry)

    def _add(self, label: str, entry: Mapping[str, Any]) -> None:
        if label in self._labelled:
            self._labelled[label].add(entry)

    def keep(self, job: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        """Add what a worker says of a job."""
        label, plain = job["label"], {k: v for k, v in entry.items() if k != "functions"}
        with self._lock:
            functions.keep([label], [entry])
            if asked.folder():
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([label, plain]) + "\n")
            self._add(label, plain)

    def left(self, groups: Files, turn: int) -> list[list[Cell]]:
        """What is to be measured by the process after `turn` others."""
        return [[cell for cell in group if self.outcomes[cell].wanted(turn)] for group in groups]

    def seconds(self, groups: Files) -> float:
        """Spent inside these measures."""
        return sum(self.outcomes[item].seconds for group in groups for item in group)


def _is_entry(entry: Mapping[str, Any]) -> bool:
    """Whether a line of a journal, which others may have written to, is what a worker says."""
    figures = entry.get("figures", {})
    numbers = [entry.get("seconds", 0.0), *(figures.values() if isinstance(figures, dict) else "?")]
    texts = [entry.get(name, "") for name in ("error", "not_measured")]
    return all(isinstance(each, int | float) for each in numbers) and all(
        isinstance(each, str) for each in texts
    )


def processes() -> tuple[int, int]:
    """Processes that a session uses where all is expensive, and where it is not: HARNESS_PROCESSES,
    or the defaults. Raises ValueError for what is no number of them."""
    if asked.counts_only():
        return COUNTED_PROCESSES, COUNTED_PROCESSES
    if wanted := asked.processes():
        return wanted, wanted
    return FEWEST_PROCESSES, DEFAULT_PROCESSES


def measure(
    sampled: Files = (),
    exact: Files = (),
    *,
    count: int | None = None,
    seconds: float = SESSION_SECONDS,
    serving: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
) -> Measured:
    """Measure cells, within `seconds`, unless this asv run has measured them.

    sampled: in `count` processes one after another (default: see `processes`). exact: the figures
    repeat exactly, so each cell is measured once, with a fixed hash seed, and as many at a time as
    there are cores, because noise does not touch them (`counters.functions` keeps where). So are
    the others in a run for counts alone, a few times.
    serving: entered meanwhile.

    Cells for asyncio do not share a process with others: in some frameworks a synchronous run
    leaves state behind that an asyncio run trips over.
    """
    end = time.monotonic() + seconds
    once, often = ([g for cells in files for g in _groups(cells)] for files in (exact, sampled))
    journal = _Journal(item for group in once + often for item in group)
    cores = steady.cores()
    fewest, most = (count, count) if count else processes()
    workers = cores if asked.counts_only() else 1
    with contextlib.ExitStack() as stack:
        serve = functools.cache(lambda: stack.enter_context(serving()))

        def measure_in(workers: int, groups: Files, exact: bool) -> None:
            if jobs := [[item.job() for item in group] for group in groups if group]:
                serve()
                sweep(jobs, journal.keep, end, workers, exact)

        measure_in(cores, journal.left(once, 0), True)
        for turn in range(most):
            if turn < fewest or journal.seconds(often) < ENOUGH_SECONDS:
                measure_in(workers, _turned(journal.left(often, turn), turn, most), False)
    for outcome in journal.outcomes.values():
        if not (outcome.processes or outcome.error):
            outcome.error = f"no time was left for it: the session had {seconds:g} s"
    return Measured(journal.outcomes)


def _groups(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that share processes. Counts of the same work come from one pass: side by side."""
    groups: dict[bool, dict[object, list[Cell]]] = {False: {}, True: {}}
    for item in dict.fromkeys(cells):
        groups[dict(item.args).get("entry") == "asyncio"].setdefault(item.args, []).append(item)
    return [[item for same in group.values() for item in same] for group in groups.values()]


def _turned(groups: Files, turn: int, most: int) -> list[list[Cell]]:
    """The order of a process: groups and experiments begin with another one each time, and the
    runtimes of each experiment are reversed every second time."""
    result, step = [], -1 if turn % 2 else 1
    for group in _rotated(groups, turn, most):
        experiments: dict[tuple[object, ...], list[Cell]] = {}
        for item in group:
            experiments.setdefault((item.measure, item.args), []).append(item)
        turned = _rotated(list(experiments.values()), turn, most)
        result.append([item for cells in turned for item in cells[::step]])
    return result


def _rotated(items: Sequence[T], turn: int, most: int) -> list[T]:
    first = turn % most * len(items) // most
    return [*items[first:], *items[:first]]
