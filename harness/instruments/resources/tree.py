"""Readings of a process and its descendants, added up to one sample."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable

import psutil

from harness.instruments.resources.readers import INHERITS, Ended, Reader, Reading

CHEAP = ("rss", "vms", "threads")
GAUGES = ("rss", "uss", "vms", "threads", "descriptors")
COUNTERS = (
    "voluntary_switches",
    "involuntary_switches",
    "minor_faults",
    "major_faults",
    "read_ops",
    "write_ops",
    "read_bytes",
    "write_bytes",
    "read_chars",
    "write_chars",
)
FIELDS = ("seconds", "cpu_percent", "cpu_seconds", "processes", *GAUGES, *COUNTERS)
"""Columns of a sample. seconds: since the begin; cpu_percent: of one core, since the sample
before; cpu_seconds and the counters: since the begin; rss, uss, vms: bytes. read_bytes and
write_bytes reached the disk, read_chars and write_chars went through read and write calls."""

Row = tuple[float, ...]

NAN = float("nan")

EXPENSIVE_SECONDS = 0.5
EXPENSIVE_SHARE = 0.003
"""An expensive reading is made so often, and rarer where it would cost more than this share."""

TORN = 0.2
"""A reading that took longer than this part of the interval tells no CPU percentage."""


class Tree:
    """One process, and if `children` those it starts.

    whole: counted from the start of the process, not from now. A child that is this process, which
    only looks, does not count. Raises Ended if there is no process `pid`.
    """

    def __init__(
        self,
        pid: int,
        interval: float,
        children: bool = True,
        whole: bool = False,
        reader: Callable[[int], Reader] = Reader,
    ) -> None:
        self.pid = pid
        self.ended = False
        self._interval, self._children = interval, children
        self._reader = reader
        self._readers: dict[int, Reader] = {pid: reader(pid)}
        self._latest: dict[int, Reading] = {}
        self._gone: Reading = {"cpu": 0.0}
        self._cpu = 0.0
        self._base: Reading = {}
        self._begin = self._before = time.perf_counter()
        self._read_cheap()
        self._read_expensive()
        self._expensive_due = self._begin + EXPENSIVE_SECONDS
        if not whole:
            self._base = self._counted()
        self.first = self._row(0.0, NAN, expensive=True)

    def sample(self, expensive: bool = False) -> Row:
        """One row of FIELDS; what was not read this time is NaN. expensive: everything is read."""
        now = time.perf_counter()
        expensive = expensive or now >= self._expensive_due
        percent = 100 * self._read_cheap() / (now - self._before)
        if time.perf_counter() - now > TORN * self._interval:
            percent = NAN
        self._before = now
        if expensive:
            self._read_expensive()
            cost = time.perf_counter() - now
            self._expensive_due = now + max(EXPENSIVE_SECONDS, cost / EXPENSIVE_SHARE)
        return self._row(now - self._begin, percent, expensive)

    def _read_cheap(self) -> float:
        """Read every process; CPU seconds used since the sample before by those in both."""
        used = 0.0
        for pid, reader in list(self._readers.items()):
            try:
                reading = reader.cheap()
            except Ended:
                self._drop(pid)
                continue
            if pid == self.pid and reader.zombie:  # it has nothing any more: what it had counts
                self.ended = True
                reading = {name: each for name, each in reading.items() if name not in GAUGES}
            known = self._latest.setdefault(pid, reading)
            used += reading["cpu"] - known["cpu"]
            known.update(reading)
        return used

    def _read_expensive(self) -> None:
        """Read every process, and look for new ones in the process table."""
        if self._children:
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(self.pid).children(recursive=True):
                    if child.pid not in self._readers and child.pid != os.getpid():
                        self._add(child.pid)
        for pid, reader in self._readers.items():
            self._latest[pid].update(reader.expensive())

    def _add(self, pid: int) -> None:
        with contextlib.suppress(Ended):
            reader = self._reader(pid)
            self._latest[pid] = reader.cheap()
            self._readers[pid] = reader

    def _drop(self, pid: int) -> None:
        del self._readers[pid]
        self.ended = self.ended or pid == self.pid
        last = self._latest.pop(pid, {})
        self._gone |= _sums((self._gone, last), COUNTERS)
        # The kernel hands a child's CPU time to its parent, but nobody inherits the root's.
        if not INHERITS or pid == self.pid:
            self._gone["cpu"] += last.get("cpu", 0.0) + last.get("reaped", 0.0)

    def _counted(self) -> Reading:
        """Counters over all processes, those that ended among them, as far as they are known."""
        readings = [*self._latest.values(), self._gone]
        cpu = sum(_sums(readings, ("cpu", "reaped")).values())
        self._cpu = max(self._cpu, cpu)  # a child's may be lost on its way
        return {"cpu_seconds": self._cpu} | _sums(readings, COUNTERS)

    def _row(self, seconds: float, percent: float, expensive: bool) -> Row:
        readings = self._latest.values()
        row = {"seconds": seconds, "cpu_percent": percent, "processes": float(len(readings))}
        row |= _sums(readings, GAUGES if expensive else CHEAP)
        counted = self._counted().items()
        since = {name: value - self._base.get(name, 0.0) for name, value in counted}
        row |= since if expensive else {"cpu_seconds": since["cpu_seconds"]}
        return tuple(row.get(name, NAN) for name in FIELDS)


def _sums(readings: Iterable[Reading], names: Iterable[str]) -> Reading:
    """Each of the names that any reading tells, over all of them."""
    known = {name: [r[name] for r in readings if name in r] for name in names}
    return {name: sum(values) for name, values in known.items() if values}
