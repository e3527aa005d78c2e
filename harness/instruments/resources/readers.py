"""Readings of one process: a cheap one for every sample, and a dear one for some of them.

On Linux they come from /proc through descriptors that are kept open, which costs a fifth of
what psutil does; elsewhere from psutil. A value that the system does not tell is NaN.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

import psutil

NAN = float("nan")
Reading = dict[str, float]


class Ended(Exception):
    """There is no such process, or no longer."""


class Reader(Protocol):
    """One process.

    inherits: whether `reaped` holds the CPU seconds of children that ended.
    zombie: the process has ended, and its parent has not asked for its status yet.
    """

    inherits: bool
    zombie: bool

    def cheap(self) -> Reading:
        """cpu, reaped: seconds; rss, vms: bytes; threads; page faults. Raises Ended."""

    def dear(self) -> Reading:
        """uss: bytes; descriptors; context switches; input and output."""

    def close(self) -> None:
        """Let go of what was kept open."""


OURS: Counter[tuple[int, str]] = Counter()
"""Threads and descriptors that monitors use, by process: not the measured program's."""


_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PRIVATE = re.compile(rb"^Private_\w+:\s+(\d+) kB", re.MULTILINE)
_SWITCHES = re.compile(rb"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)
# Columns of /proc/PID/stat after the name, which may hold spaces (man proc_pid_stat, from 3).
_MINOR, _MAJOR, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM, _THREADS, _VMS, _RSS = (
    column - 3 for column in (10, 12, 14, 15, 16, 17, 20, 23, 24)
)


class ProcReader:
    """A process of this Linux machine. Its descriptor never means another process."""

    inherits = True

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.zombie = False
        try:
            self._stat = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Ended(f"no process {pid}") from None
        OURS[os.getpid(), "descriptors"] += 1
        # The kernel's name for the CPU clock of a whole process: nanoseconds, not ticks.
        self._clock = (~pid << 3) | 2
        self._switches: dict[str, tuple[int, int]] = {}

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

    def dear(self) -> Reading:
        reading: Reading = {}
        for part in (self._uss, self._descriptors, self._context_switches, self._io):
            # another user's process, or one that just ended: not told
            with contextlib.suppress(OSError):
                reading |= part()
        return reading

    def _uss(self) -> Reading:
        text = _contents(f"/proc/{self.pid}/smaps_rollup")
        return {"uss": 1024.0 * sum(int(size) for size in _PRIVATE.findall(text))}

    def _descriptors(self) -> Reading:
        count = len(os.listdir(f"/proc/{self.pid}/fd"))
        if self.pid == os.getpid():
            count -= 1  # the listing's own
        return {"descriptors": float(count - OURS[self.pid, "descriptors"])}

    def _context_switches(self) -> Reading:
        """Of all threads; those of a thread that ended count as they were last seen."""
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with contextlib.suppress(OSError):
                found = _SWITCHES.findall(_contents(f"/proc/{self.pid}/task/{thread}/status"))
                self._switches[thread] = (int(found[0]), int(found[1]))
        voluntary, involuntary = zip(*self._switches.values(), strict=True)
        return {
            "voluntary_switches": float(sum(voluntary)),
            "involuntary_switches": float(sum(involuntary)),
        }

    def _io(self) -> Reading:
        lines = _contents(f"/proc/{self.pid}/io").split()
        told = dict(zip(lines[::2], map(float, lines[1::2]), strict=True))
        return {
            "read_ops": told[b"syscr:"],
            "write_ops": told[b"syscw:"],
            "read_bytes": told[b"read_bytes:"],
            "write_bytes": told[b"write_bytes:"],
            "read_chars": told[b"rchar:"],
            "write_chars": told[b"wchar:"],
        }

    def close(self) -> None:
        os.close(self._stat)
        OURS[os.getpid(), "descriptors"] -= 1


def _contents(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()


class PsutilReader:
    """A process of any system that psutil knows."""

    inherits = False

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.zombie = False
        try:
            self._process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise Ended(f"no process {pid}") from None

    def cheap(self) -> Reading:
        process = self._process
        try:
            with process.oneshot():
                cpu, memory = process.cpu_times(), process.memory_info()
                self.zombie = process.status() == psutil.STATUS_ZOMBIE
                threads = process.num_threads()
        except psutil.NoSuchProcess:
            raise Ended(f"process {process.pid} has ended") from None
        return {
            "cpu": cpu.user + cpu.system,
            "reaped": 0.0,
            "rss": float(memory.rss),
            "vms": float(memory.vms),
            "threads": float(threads - OURS[self.pid, "threads"]),
            **_faults(memory),
        }

    def dear(self) -> Reading:
        reading: Reading = {}
        for part in (self._uss, self._descriptors, self._context_switches, self._io):
            # AttributeError and NotImplementedError: psutil does not know this here
            with contextlib.suppress(psutil.Error, OSError, AttributeError, NotImplementedError):
                reading |= part()
        return reading

    def _uss(self) -> Reading:
        return {"uss": float(self._process.memory_full_info().uss)}

    def _descriptors(self) -> Reading:
        if sys.platform == "win32":
            return {"descriptors": float(self._process.num_handles())}
        return {"descriptors": float(self._process.num_fds() - OURS[self.pid, "descriptors"])}

    def _context_switches(self) -> Reading:
        told = self._process.num_ctx_switches()
        return {
            "voluntary_switches": float(told.voluntary),
            "involuntary_switches": float(told.involuntary),
        }

    def _io(self) -> Reading:
        told = self._process.io_counters()
        names = ("read_ops", "write_ops", "read_bytes", "write_bytes")
        return dict(zip(names, map(float, told[:4]), strict=True))

    def close(self) -> None:
        pass


def _faults(memory: object) -> Reading:
    """Windows counts one kind, macOS both; psutil tells neither on Linux."""
    minor = getattr(memory, "num_page_faults", getattr(memory, "pfaults", NAN))
    major = getattr(memory, "pageins", NAN)
    return {"minor_faults": float(minor), "major_faults": float(major)}


READER: Callable[[int], Reader] = ProcReader if sys.platform == "linux" else PsutilReader


def children_of(pid: int) -> Iterator[int]:
    """Process numbers of all descendants; dear, because the whole process table is read."""
    with contextlib.suppress(psutil.Error):
        yield from (child.pid for child in psutil.Process(pid).children(recursive=True))
