"""Readings of one process: a cheap one for every sample, and an expensive one for some of them.

They come from psutil. On Linux what every sample needs comes from /proc through a descriptor that
is kept open, which costs a fifth. A value that the system does not tell is NaN, or left out.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator

import psutil

from harness.common import child

NAN = float("nan")
Reading = dict[str, float]

OURS: Counter[tuple[int, str]] = Counter(
    {(os.getpid(), name): count for name, count in child.own().items()}
)
"""Threads and descriptors that monitors and our launcher use, by process: not the program's."""


class Ended(Exception):
    """There is no such process, or no longer."""


class Reader:
    """One process, of any system that psutil knows.

    inherits: whether `reaped` holds the CPU seconds of children that ended.
    zombie: the process has ended, and its parent has not asked for its status yet.
    """

    inherits = False
    zombie = False

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._process = psutil.Process(pid)
        except psutil.Error:
            raise Ended(f"no process {pid}") from None

    def cheap(self) -> Reading:
        """cpu, reaped: seconds; rss, vms: bytes; threads; page faults. Raises Ended."""
        process = self._process
        try:
            with process.oneshot():
                cpu, memory = process.cpu_times(), process.memory_info()
                self.zombie = process.status() == psutil.STATUS_ZOMBIE
                threads = process.num_threads()
        except psutil.Error:
            raise Ended(f"process {self.pid} has ended, or cannot be watched") from None
        return {
            "cpu": cpu.user + cpu.system,
            "reaped": 0.0,
            "rss": float(memory.rss),
            "vms": float(memory.vms),
            "threads": float(threads - OURS[self.pid, "threads"]),
            "minor_faults": float(getattr(memory, "pfaults", NAN)),
            "major_faults": float(getattr(memory, "pageins", NAN)),
        }

    def expensive(self) -> Reading:
        """uss: bytes; descriptors; context switches; input and output: as far as they are told."""
        reading: Reading = {}
        for part in (self._uss, self._descriptors, self._context_switches, self._io):
            # Another user's process, one that just ended, or what psutil does not know here.
            with contextlib.suppress(psutil.Error, OSError, AttributeError, NotImplementedError):
                reading |= part()
        return reading

    def close(self) -> None:
        """Let go of what was kept open."""

    def _uss(self) -> Reading:
        return {"uss": float(self._process.memory_full_info().uss)}

    def _descriptors(self) -> Reading:
        return {"descriptors": float(self._process.num_fds() - OURS[self.pid, "descriptors"])}

    def _context_switches(self) -> Reading:
        told = self._process.num_ctx_switches()
        return _switches(told.voluntary, told.involuntary)

    def _io(self) -> Reading:
        if sys.platform == "darwin":  # psutil knows nothing of it there
            return {}
        names = ("read_ops", "write_ops", "read_bytes", "write_bytes", "read_chars", "write_chars")
        return dict(zip(names, map(float, self._process.io_counters()), strict=False))


def _switches(voluntary: int, involuntary: int) -> Reading:
    return {
        "voluntary_switches": float(voluntary),
        "involuntary_switches": float(involuntary),
    }


_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SWITCHES = re.compile(rb"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)
# Columns of /proc/PID/stat after the name, which may hold spaces (man proc_pid_stat, from 3).
_MINOR, _MAJOR, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM, _THREADS, _VMS, _RSS = (
    column - 3 for column in (10, 12, 14, 15, 16, 17, 20, 23, 24)
)


class LinuxReader(Reader):
    """A process of this Linux machine. Its descriptor never means another process."""

    inherits = True

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        try:
            self._stat = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            raise Ended(f"no process {pid}") from None
        OURS[os.getpid(), "descriptors"] += 1
        # The kernel's name for the CPU clock of a whole process: nanoseconds, not ticks.
        self._clock = (~pid << 3) | 2
        self._threads: dict[str, tuple[int, int]] = {}  # switches of each, as last seen
        self._ended = (0, 0)  # those of all threads that have ended

    def cheap(self) -> Reading:
        try:
            raw = os.pread(self._stat, 2048, 0)
        except ProcessLookupError:
            raise Ended(f"process {self.pid} has ended") from None
        column = raw[raw.rindex(b")") + 2 :].split()
        self.zombie = column[0] in b"ZX"
        return {
            "cpu": self._cpu(column),
            "reaped": (int(column[_REAPED_USER]) + int(column[_REAPED_SYSTEM])) / _TICKS,
            "rss": float(int(column[_RSS]) * _PAGE),
            "vms": float(column[_VMS]),
            "threads": float(int(column[_THREADS]) - OURS[self.pid, "threads"]),
            "minor_faults": float(column[_MINOR]),
            "major_faults": float(column[_MAJOR]),
        }

    def _cpu(self, column: list[bytes]) -> float:
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return (int(column[_USER]) + int(column[_SYSTEM])) / _TICKS

    def _descriptors(self) -> Reading:
        reading = super()._descriptors()
        if self.pid == os.getpid():
            reading["descriptors"] -= 1  # the listing's own
        return reading

    def _context_switches(self) -> Reading:
        """Of all threads; those of one that ended as they were last seen."""
        before, self._threads = self._threads, {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with contextlib.suppress(OSError):  # it has just ended
                with open(f"/proc/{self.pid}/task/{thread}/status", "rb", buffering=0) as file:
                    found = _SWITCHES.findall(file.readall())
                if len(found) == 2:
                    self._threads[thread] = (int(found[0]), int(found[1]))
        for thread, seen in before.items():
            # Fewer than before: a new thread has the number of an old one.
            if self._threads.get(thread, (-1, -1)) < seen:
                self._ended = (self._ended[0] + seen[0], self._ended[1] + seen[1])
        every = [*self._threads.values(), self._ended]
        return _switches(sum(each[0] for each in every), sum(each[1] for each in every))

    def close(self) -> None:
        os.close(self._stat)
        OURS[os.getpid(), "descriptors"] -= 1


def reader_of(pid: int) -> Reader:
    """A reader of process `pid`; raises Ended if there is none."""
    return (LinuxReader if sys.platform == "linux" else Reader)(pid)


def children_of(pid: int) -> Iterator[int]:
    """Process numbers of all descendants; expensive, the whole process table is read."""
    with contextlib.suppress(psutil.Error):
        yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
