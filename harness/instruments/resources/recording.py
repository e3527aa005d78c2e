"""Samples in a bounded place, and what they come to."""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from harness.instruments.resources.tree import COUNTERS, FIELDS, GAUGES, Row, Tree

LIMIT = 20_000
"""Rows kept, 3 MB: beyond, every second one goes, so that the monitor itself does not grow.
Peaks and means are of all samples, kept or not."""

_WIDTH = len(FIELDS)


@dataclass
class Column:
    """One field over all samples that told it."""

    first: float = float("nan")
    last: float = float("nan")
    peak: float = float("-inf")
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        """One more value; NaN is not told."""
        if value == value:
            if not self.count:
                self.first = value
            self.last = value
            self.total += value
            self.count += 1
            if value > self.peak:
                self.peak = value


@dataclass
class Recording:
    """What one monitor saw.

    where: what paid for it, "thread" (of the measured process) or "process". cost: CPU seconds
    of the monitor itself. missed: samples that were due but left out, because it came too late.
    """

    pid: int
    interval: float
    where: str
    cost: float = 0.0
    missed: int = 0
    samples: int = 0
    ended: bool = False
    columns: list[Column] = field(default_factory=lambda: [Column() for _ in FIELDS])
    _kept: array[float] = field(default_factory=lambda: array("d"))
    _stride: int = 1
    _last: Row = ()

    def add(self, row: Row) -> None:
        """One more sample."""
        for column, value in zip(self.columns, row, strict=True):
            column.add(value)
        if self.samples % self._stride == 0:
            self._kept.extend(row)
            if len(self._kept) >= LIMIT * _WIDTH:
                self._thin()
        self.samples += 1
        self._last = row

    def as_dict(self) -> dict[str, Any]:
        """The recording as JSON can hold it."""
        columns = [vars(column) for column in self.columns]
        return vars(self) | {"columns": columns, "_kept": self._kept.tolist()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Recording:
        """The recording that `as_dict` gave."""
        columns = [Column(**column) for column in fields["columns"]]
        kept, last = array("d", fields["_kept"]), tuple(fields["_last"])
        return cls(**fields | {"columns": columns, "_kept": kept, "_last": last})

    def _thin(self) -> None:
        rows = islice(_rows(self._kept), 0, None, 2)
        self._kept = array("d", [value for row in rows for value in row])
        self._stride *= 2

    @property
    def rows(self) -> list[Row]:
        """The kept samples, the first and the last one always among them."""
        rows = list(_rows(self._kept))
        return rows if not rows or rows[-1][0] == self._last[0] else [*rows, self._last]

    @property
    def summary(self) -> dict[str, Any]:
        """Seconds, bytes, per cent of one core; None for what the system did not tell.

        cpu, each gauge (rss, uss, vms, threads, descriptors, processes), counts since the
        begin, and what the monitor itself cost.
        """
        by_name = dict(zip(FIELDS, self.columns, strict=True))
        seconds = by_name["seconds"].last
        cpu = by_name["cpu_seconds"].last
        mean = 100 * cpu / seconds if seconds else math.nan
        # Where the process holds the lock, few readings are whole enough to tell a percentage.
        peaks = [each for each in (by_name["cpu_percent"].peak, mean) if math.isfinite(each)]
        return {
            "pid": self.pid,
            "seconds": _told(seconds),
            "samples": self.samples,
            "missed": self.missed,
            "interval": self.interval,
            "ended": self.ended,
            "cpu": {
                "seconds": _told(cpu),
                "mean_percent": _told(mean),
                "peak_percent": max(peaks, default=None),
            },
            **{name: _gauge(by_name[name]) for name in (*GAUGES, "processes")},
            "counts": {name: _told(by_name[name].last) for name in COUNTERS},
            "monitor": {
                "where": self.where,
                "cpu_seconds": self.cost,
                "percent_of_a_core": _told(100 * self.cost / seconds) if seconds else None,
            },
        }


def _rows(kept: array[float]) -> Any:
    return zip(*[iter(kept)] * _WIDTH, strict=True)


def _told(value: float) -> float | None:
    return value if value == value else None


def _gauge(column: Column) -> dict[str, float] | None:
    if not column.count:
        return None
    mean = column.total / column.count
    return {"first": column.first, "last": column.last, "peak": column.peak, "mean": mean}


Tell = Callable[[Row], object]


def record(tree: Tree, recording: Recording, stop: threading.Event, tell: Tell | None) -> None:
    """Sample at absolute deadlines until `stop` is set or the process has ended.

    A deadline that has passed is left out and counted as missed: two samples in a row would
    tell nothing, and cost twice.
    """

    def add(row: Row) -> None:
        recording.add(row)
        if tell is not None:
            tell(row)

    begin = time.perf_counter()
    add(tree.first)
    turn = 0
    while not tree.ended:
        turn += 1
        late = int((time.perf_counter() - begin) / recording.interval) - turn
        if late > 0:
            recording.missed += late
            turn += late
        if stop.wait(max(0.0, begin + turn * recording.interval - time.perf_counter())):
            break
        add(tree.sample())
    add(tree.sample(expensive=True))
    recording.ended = tree.ended
