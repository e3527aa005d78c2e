"""Readings of one process: a cheap one for every sample, and an expensive one for some of them.

They come from psutil, and on Linux from /proc where psutil leaves something out. A value that the
system does not tell is left out.
"""

import contextlib
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import psutil

from harness.common import child

Reading = dict[str, float]

OURS: Counter[tuple[int, str]] = Counter(
    {(os.getpid(), name): count for name, count in child.own().items()}
)
"""Threads and descriptors that monitors and our launcher use, by process: not the program's."""


class Ended(Exception):
    """There is no such process, or no longer."""


INHERITS = sys.platform == "linux"
"""Whether a process gets the CPU time of its children that ended."""


class Reader:
    """One process. zombie: it has ended, and its parent has not asked for its status yet."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.zombie = False
        try:
            self._process = psutil.Process(pid)
        except psutil.Error:
            raise Ended(f"no process {pid}") from None
        # Linux's name for the CPU clock of a whole process: nanoseconds, not ticks.
        self._clock = (~pid << 3) | 2
        self._threads: dict[str, list[int]] = {}  # switches of each, as last seen
        self._ended = [0, 0]  # those of all threads that have ended

    def cheap(self) -> Reading:
        """cpu, reaped (of children that ended): seconds; rss, vms: bytes; threads. Raises Ended."""
        process = self._process
        try:
            with process.oneshot():
                times, memory = process.cpu_times(), process.memory_info()
                # Its memory goes a moment before its state says so.
                self.zombie = not memory.rss or process.status() == psutil.STATUS_ZOMBIE
                threads = process.num_threads()
        except psutil.Error:
            raise Ended(f"process {self.pid} has ended, or cannot be watched") from None
        cpu = times.user + times.system
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                cpu = time.clock_gettime(self._clock)
        return {
            "cpu": cpu,
            "reaped": times.children_user + times.children_system,
            "rss": float(memory.rss),
            "vms": float(memory.vms),
            "threads": float(threads - OURS[self.pid, "threads"]),
        }

    def expensive(self) -> Reading:
        """uss: bytes; descriptors; faults; context switches; input and output: what is known."""
        reading: Reading = {}
        counts, levels = (self._faults, self._switches), (self._uss, self._descriptors, self._io)
        for part in counts if self.zombie else (*counts, *levels):
            # Another user's process, one that just ended, or what psutil does not know here.
            with contextlib.suppress(psutil.Error, OSError, AttributeError, NotImplementedError):
                reading |= part()
        return reading

    def _uss(self) -> Reading:
        return {"uss": float(self._process.memory_full_info().uss)}

    def _descriptors(self) -> Reading:
        # On Linux a process that lists its own has one more for that.
        ours = OURS[self.pid, "descriptors"] + (INHERITS and self.pid == os.getpid())
        return {"descriptors": float(self._process.num_fds() - ours)}

    def _faults(self) -> Reading:
        if sys.platform == "darwin":
            memory = self._process.memory_info()
            return {"minor_faults": float(memory.pfaults), "major_faults": float(memory.pageins)}
        # Columns 10 and 12, after a name that may hold spaces (man proc_pid_stat).
        columns = _file(self.pid, "stat").rpartition(b")")[2].split()
        return {"minor_faults": float(columns[7]), "major_faults": float(columns[9])}

    def _switches(self) -> Reading:
        """Of all threads, where psutil knows the first one's; of one that ended as last seen."""
        if sys.platform == "darwin":
            return _named(_SWITCHES, self._process.num_ctx_switches())
        before, self._threads = self._threads, switches(self.pid)
        # Fewer than before: a new thread has the number of an old one.
        gone = [seen for thread, seen in before.items() if self._threads.get(thread, []) < seen]
        self._ended = [sum(each) for each in zip(self._ended, *gone, strict=True)]
        every = zip(self._ended, *self._threads.values(), strict=True)
        return _named(_SWITCHES, map(sum, every))

    def _io(self) -> Reading:
        if sys.platform == "darwin":
            return {}  # it does not tell
        return _named(_IO, self._process.io_counters())


def switches(pid: int) -> dict[str, list[int]]:
    """Context switches of each thread of a process, voluntary and not, by its native number; only
    Linux tells."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):  # it has just ended
            told = _SWITCHED.findall(_file(pid, f"task/{thread}/status"))
            if len(told) == len(_SWITCHES):
                found[thread] = [int(each) for each in told]
    return found


def _file(pid: int, name: str) -> bytes:
    with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
        return file.readall()


_SWITCHED = re.compile(rb"^(?:non)?voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)
_SWITCHES = ("voluntary_switches", "involuntary_switches")
_IO = ("read_ops", "write_ops", "read_bytes", "write_bytes", "read_chars", "write_chars")


def _named(names: Sequence[str], values: Iterable[int]) -> Reading:
    """As many of the values as the system tells."""
    return dict(zip(names, map(float, values), strict=False))
