"""Cells measured once each, by one worker process or by several at once.

Workers share units (cells that stay together) and take one after another. They report on each cell
as it is done; one that dies or hangs costs the cell that it had begun, and another goes on behind.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.common.children import Child, ChildFailed
from harness.session.worker import mark, take

Unit = Sequence[Mapping[str, Any]]
"""Jobs."""

CELL_SECONDS = 120.0
"""Of one cell in one process: then it hangs, and is given up."""


class Sweep:
    """Units that may share a process, measured until `end` (monotonic seconds).

    keep: called with the label of a cell and what a worker says of it.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        keep: Callable[[str, Mapping[str, Any]], None],
        end: float,
        exact: bool,
    ) -> None:
        self.units, self._keep, self._end, self._exact = units, keep, end, exact
        self.workers = 0
        self.taken = Path()
        """A folder with a file for each unit that a worker has taken."""

    def waiting(self) -> int:
        """How many units are left for one more worker: each at work will take another."""
        if time.monotonic() > self._end:
            return 0
        return sum(not (self.taken / mark(unit)).exists() for unit in self.units) - self.workers

    def work(self) -> None:
        """One worker measures until no unit is left; another goes on where one ends badly."""
        units = list(self.units)
        while units and time.monotonic() < self._end:
            units = self._worker(units)

    def _worker(self, units: Sequence[Unit]) -> list[Unit]:
        """A worker process. What it leaves over if it ends badly."""
        order = {"units": units, "taken": str(self.taken), "exact": self._exact}
        label, entry = "", None
        try:
            with Child(
                "harness.session.worker:sweep", order, hash_seed=0 if self._exact else None
            ) as child:
                while time.monotonic() < self._end:
                    label, entry = child.read(CELL_SECONDS)
                    if not label:
                        break
                    if entry:
                        self._keep(label, entry)
            return []
        except ChildFailed as error:
            failed = {"error": str(error)}
        if label:
            if not entry:
                self._keep(label, failed)
            return [*_behind(label, units), *units]
        for unit in units:  # it does not even start
            if take(self.taken / mark(unit)):
                for job in unit:
                    self._keep(job["label"], failed)
        return []


def _behind(label: str, units: Sequence[Unit]) -> list[Unit]:
    """What is left of the unit of a cell."""
    for unit in units:
        labels = [job["label"] for job in unit]
        if label in labels and (rest := unit[labels.index(label) + 1 :]):
            return [rest]
    return []


def at_once(sweeps: Sequence[Sweep], workers: int) -> None:
    """Work on these with so many workers at a time, each where most units wait."""
    lock = threading.Lock()

    def one() -> None:
        while True:
            with lock:
                sweep = max(sweeps, key=Sweep.waiting, default=None)
                if sweep is None or sweep.waiting() <= 0:
                    return
                sweep.workers += 1
            sweep.work()
            with lock:
                sweep.workers -= 1

    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(workers) as pool:
        for number, sweep in enumerate(sweeps):
            sweep.taken = Path(name, str(number))
            sweep.taken.mkdir()
        for done in [pool.submit(one) for _ in range(workers)]:
            done.result()
