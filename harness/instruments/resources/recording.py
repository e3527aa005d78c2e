"""Samples in a bounded place, and what they come to."""

from __future__ import annotations

import os
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.instruments.resources.readers import OURS
from harness.instruments.resources.tree import COUNTERS, FIELDS, GAUGES, Row, Tree

LIMIT = 20_000
"""Rows kept, 5 MB: beyond, every second one goes, so that the monitor itself does not grow.
Peaks and means are of all samples, kept or not."""


Tell = Callable[[Row], object]


@dataclass
class Column:
    """One field over all samples that have it."""

    first: float | None = None
    last: float | None = None
    peak: float | None = None
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        """One more value; NaN is unknown."""
        if value == value:
            if self.peak is None:
                self.first = self.peak = value
            self.last = value
            self.peak = max(self.peak, value)
            self.total += value
            self.count += 1

    @property
    def gauge(self) -> dict[str, float | None] | None:
        """Its levels, if any sample has it."""
        if not self.count:
            return None
        mean = self.total / self.count
        return {"first": self.first, "last": self.last, "peak": self.peak, "mean": mean}


@dataclass
class Recording:
    """What one monitor saw.

    cost: CPU seconds of the monitor itself. tell: called with each sample. missed: samples that
    were due but left out, because it came too late.
    """

    pid: int
    interval: float
    cost: float = 0.0
    tell: Tell | None = None
    missed: int = 0
    samples: int = 0
    ended: bool = False
    columns: dict[str, Column] = field(default_factory=lambda: {name: Column() for name in FIELDS})
    _kept: list[array[float]] = field(default_factory=list)
    _stride: int = 1
    _last: Row = ()

    def add(self, row: Row) -> None:
        """One more sample."""
        for column, value in zip(self.columns.values(), row, strict=True):
            column.add(value)
        if self.samples % self._stride == 0:
            self._kept.append(array("d", row))
            if len(self._kept) >= LIMIT:
                del self._kept[1::2]
                self._stride *= 2
        self.samples += 1
        self._last = row
        if self.tell is not None:
            self.tell(row)

    @property
    def rows(self) -> list[Row]:
        """The kept samples, the first and the last one always among them."""
        rows = [tuple(row) for row in self._kept]
        return rows if not rows or rows[-1][0] == self._last[0] else [*rows, self._last]

    @property
    def summary(self) -> dict[str, Any]:
        """Seconds, bytes, per cent of one core; None for what the system did not tell.

        cpu, each gauge (rss, uss, vms, threads, descriptors, processes), counts since the
        begin, and what the monitor itself cost.
        """
        seconds, cpu = self.columns["seconds"].last, self.columns["cpu_seconds"].last
        mean = 100 * cpu / seconds if cpu is not None and seconds else None
        # Where the process holds the lock, few readings are whole enough to tell a percentage.
        peaks = (self.columns["cpu_percent"].peak, mean)
        peak = max((each for each in peaks if each is not None), default=None)
        cost = 100 * self.cost / seconds if seconds else None
        return {
            "pid": self.pid,
            "seconds": seconds,
            "samples": self.samples,
            "missed": self.missed,
            "interval": self.interval,
            "ended": self.ended,
            "cpu": {"seconds": cpu, "mean_percent": mean, "peak_percent": peak},
            **{name: self.columns[name].gauge for name in (*GAUGES, "processes")},
            "counts": {name: self.columns[name].last for name in COUNTERS},
            "monitor": {"where": "thread", "cpu_seconds": self.cost, "percent_of_a_core": cost},
        }


Seen = tuple[dict[str, Any], list[Row]]
"""Summary and samples."""


def record(tree: Tree, recording: Recording, stop: threading.Event) -> None:
    """Sample at absolute deadlines until `stop` is set or the process has ended.

    A deadline that has passed is left out and counted as missed: two samples in a row would
    tell nothing, and cost twice.
    """
    begin = time.perf_counter()
    recording.add(tree.first)
    turn = 0
    while not tree.ended:
        turn += 1
        late = int((time.perf_counter() - begin) / recording.interval) - turn
        if late > 0:
            recording.missed += late
            turn += late
        if stop.wait(max(0.0, begin + turn * recording.interval - time.perf_counter())):
            break
        recording.add(tree.sample())
    recording.add(tree.sample(expensive=True))
    recording.ended = tree.ended


class Recorder:
    """Records in a thread of this process."""

    def __init__(self, options: dict[str, Any], tell: Tell | None = None) -> None:
        begin = time.thread_time()
        self._tree = Tree(**options)
        cost = time.thread_time() - begin
        self._recording = Recording(options["pid"], options["interval"], cost, tell)
        self.stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="harness monitor", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        OURS[os.getpid(), "threads"] += 1
        try:
            record(self._tree, self._recording, self.stop)
        except BaseException as error:  # a recording that lacks its end must not pass for one
            self._error = error
        OURS[os.getpid(), "threads"] -= 1
        self._recording.cost += time.thread_time()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the watched process has ended; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def end(self) -> Seen:
        """Summary and samples, after a last one."""
        self.stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._recording.summary, self._recording.rows
