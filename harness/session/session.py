"""A measuring session: many short worker processes, each sweeping the same cells once.

Samples of one process are correlated, so a figure gets one sample a process and confidence
is bought with processes. Within a process a cell is measured on the framework and the floor
in turn, and every second process swaps who goes first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.instruments.counters import functions

DEFAULT_PROCESSES = 8  # the fewest with which a 99 % interval of the median is finite
ENOUGH_SECONDS = 8.0  # once a cell has cost that much, FEWEST_PROCESSES have to do
FEWEST_PROCESSES = 3
PROCESS_TIMEOUT = 280.0  # seconds; a little less than asv allows a session


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
        return {"measure": self.measure, "runtime": self.runtime, "args": dict(self.args)}


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

    @property
    def done(self) -> bool:
        """Whether another process would add nothing, or costs too much."""
        dear = self.seconds >= ENOUGH_SECONDS and self.processes >= FEWEST_PROCESSES
        return bool(self.error or self.not_measured or dear)


@dataclass
class Measured:
    """Outcomes by cell, and how long it took: `busy` is seconds inside measures, of `wall`."""

    outcomes: dict[Cell, Outcome] = field(default_factory=dict)
    busy: float = 0.0
    wall: float = 0.0

    def samples(self, of: Cell, figure: str) -> list[float]:
        """Samples of one figure; raises NotMeasured or MeasureFailed with the reason."""
        outcome = self.outcomes[of]
        if outcome.error:
            raise MeasureFailed(outcome.error)
        if outcome.not_measured:
            raise NotMeasured(outcome.not_measured)
        if figure not in outcome.samples:
            raise MeasureFailed(f"{of.measure} gave no {figure}: some of its runs failed")
        return outcome.samples[figure]

    def update(self, other: Measured) -> Measured:
        """This, with the outcomes and times of `other` added."""
        self.outcomes.update(other.outcomes)
        self.busy += other.busy
        self.wall += other.wall
        return self


def processes() -> int:
    """Worker processes a session uses: HARNESS_PROCESSES, or the default."""
    return max(1, int(os.environ.get("HARNESS_PROCESSES", DEFAULT_PROCESSES)))


def counts_only() -> bool:
    """Whether HARNESS_COUNTS_ONLY asks for a quick run: what is timed is then n/a."""
    return os.environ.get("HARNESS_COUNTS_ONLY", "") not in ("", "0")


def measure(
    cells: Iterable[Cell], count: int | None = None, exact: bool = False, counts: bool = False
) -> Measured:
    """Measure `cells` in `count` worker processes (default: `processes()`).

    exact: one process is enough, see below. counts: figures are counts, if not exact ones.

    Cells for asyncio run in workers of their own: in some frameworks a synchronous run leaves
    state behind that an asyncio run trips over. exact: one process with a fixed hash seed is
    enough, because the figures repeat exactly (`counters.functions` keeps where). HARNESS_LEDGER
    names a file to which each session appends how long it took, and how much of it measuring.
    """
    begin = time.perf_counter()
    if counts_only() and not (exact or counts):
        reason = "HARNESS_COUNTS_ONLY leaves out what is timed"
        return Measured({item: Outcome(not_measured=reason) for item in cells})
    result = Measured()
    groups: dict[bool, list[Cell]] = {False: [], True: []}
    for item in cells:
        groups[dict(item.args).get("entry") == "asyncio"].append(item)
    for group in filter(None, groups.values()):
        result.update(_group(group, 1 if exact else count or processes(), exact))
    result.busy = sum(outcome.seconds for outcome in result.outcomes.values())
    result.wall = time.perf_counter() - begin
    if ledger := os.environ.get("HARNESS_LEDGER"):
        with open(ledger, "a", encoding="utf-8") as file:
            file.write(json.dumps({"busy": result.busy, "wall": result.wall}) + "\n")
    return result


def _group(cells: Sequence[Cell], count: int, exact: bool) -> Measured:
    result = Measured({item: Outcome() for item in cells})
    for index in range(count):
        open_cells = [item for item, outcome in result.outcomes.items() if not outcome.done]
        if open_cells:
            order = open_cells if index % 2 == 0 else _swapped(open_cells)
            try:
                entries = _worker(order, exact)
                _merge(result, order, entries)
                functions.keep([item.label for item in order], entries)
            except MeasureFailed as error:
                for item in order:
                    result.outcomes[item].error = str(error)
    return result


def _swapped(cells: Sequence[Cell]) -> list[Cell]:
    """The same experiments in the same order, with the runtimes of each in reverse."""
    by_experiment: dict[tuple[object, ...], list[Cell]] = {}
    for item in cells:
        by_experiment.setdefault((item.measure, item.args), []).append(item)
    return [item for group in by_experiment.values() for item in reversed(group)]


# The search path is extended at its end, so that nothing of ours hides a framework's module.
_BOOT = "import sys; sys.path += sys.argv[1:-1]; from harness.session.worker import main; main()"


def _search_path() -> list[str]:
    """Where the harness is, and the asv config beside which somebody may keep an adapter."""
    places = [str(Path(__file__).resolve().parents[2]), os.environ.get("ASV_CONF_DIR", "")]
    return [place for place in places if place]


def _worker(cells: Sequence[Cell], exact: bool) -> list[dict[str, object]]:
    """One worker process: an entry a cell, or MeasureFailed if it ended without a report."""
    env = dict(os.environ)
    env.pop("PYTHONPATH", None)
    if exact:
        env["PYTHONHASHSEED"] = "0"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        try:
            done = subprocess.run(
                [sys.executable, "-c", _BOOT, *_search_path(), str(report)],
                input=json.dumps({"exact": exact, "jobs": [item.job() for item in cells]}),
                env=env,
                cwd=folder,
                text=True,
                capture_output=True,
                timeout=PROCESS_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise MeasureFailed(f"worker gave no report within {PROCESS_TIMEOUT:.0f} s") from None
        if not report.exists():
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise MeasureFailed(f"worker ended with status {done.returncode}: {last}")
        entries: list[dict[str, object]] = json.loads(report.read_text())
        return entries


def _merge(result: Measured, cells: Sequence[Cell], entries: Sequence[dict[str, object]]) -> None:
    for item, entry in zip(cells, entries, strict=True):
        outcome = result.outcomes[item]
        outcome.error = str(entry.get("error", ""))
        outcome.not_measured = str(entry.get("not_measured", ""))
        outcome.processes += 1
        outcome.seconds += float(entry.get("seconds", 0.0))  # type: ignore[arg-type]
        for figure, value in dict(entry.get("figures", {})).items():  # type: ignore[call-overload]
            outcome.samples.setdefault(figure, []).append(value)
