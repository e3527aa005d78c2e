"""A process of ours and all that it has started: what they may use, and that they end together.

Who begins a session, or outlives its parent, has left the process group and the tree of processes,
but keeps its environment: there, MARK names the folder of each process of ours above it. Nothing
is asked of the processes themselves, so none of this is in what they count.
"""

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from harness.common import numbers, quantities
from harness.common.child import MARK

MEMORY = "HARNESS_MEMORY"
"""The variable that says how much memory a worker may hold, such as 4GB or 25% (default: half)."""

OUTPUT = 2**28
"""Bytes that a process may print."""

TAIL = 2**16  # bytes of it that are kept when it printed more, and read for its last line
LOOK = 0.25  # seconds between two looks, and more where a look takes more than a hundredth of it
TRIES = 20  # to end a process: one that waits for a broken disk cannot be


def memory(workers: int = 1) -> int:
    """Bytes that each of so many workers may hold. Raises ValueError for what is no limit."""
    text = os.environ.get(MEMORY) or "50%"
    try:
        given = quantities.share(text) * _machine() if "%" in text else quantities.size(text)
    except ValueError as error:
        raise ValueError(f"{MEMORY}: {error}") from None
    if given <= 0:
        raise ValueError(f"{MEMORY}: {text!r} is no memory at all")
    return int(given / workers) if "%" in text else int(given)


@functools.cache
def _machine() -> int:
    """Bytes of this machine's memory, or of the container's."""
    found = [psutil.virtual_memory().total]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path("/sys/fs/cgroup", name).read_text("ascii")))
    return min(found)


def members(folder: str, pid: int | None = None) -> list[psutil.Process]:
    """The processes that are marked with a folder, and with `pid` that one and all below it."""
    found = set(_below(pid)) if pid else set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if folder in process.environ().get(MARK, "").split(os.pathsep):
                found.add(process)
    return [each for each in found if each.pid != os.getpid() and _runs(each)]


def _below(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process and all below it have used."""
    used = 0.0
    for each in _below(pid):
        with contextlib.suppress(psutil.Error):
            used += sum(each.cpu_times()[:4])  # those of children that have ended, too
    return used


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def end(folder: str, pid: int | None = None, but: Iterable[int] = ()) -> None:
    """Kill `members`, and what they start meanwhile; not those of `but`."""
    for _ in range(TRIES):
        if not (left := [each for each in members(folder, pid) if each.pid not in but]):
            return
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)


class Watch:
    """Looks, when it is asked to, at a process and all below it: their memory, and their output.

    output: the file to which they print; without one, it is about the forks of the process alone,
    each of which has a file of its own.
    """

    def __init__(self, pid: int, output: Path | None, memory: int) -> None:
        self._pid, self._output, self._memory = pid, output, memory
        self._next = time.monotonic() + LOOK

    def look(self) -> str:
        """Why they must be ended now, in words; "" if they need not be."""
        if (begin := time.monotonic()) < self._next:
            return ""
        below = _below(self._pid)[not self._output :]
        reason = self._printed(below) or self._held(below)
        now = time.monotonic()
        self._next = now + max(LOOK, 100 * (now - begin))
        return reason

    def _printed(self, below: Iterable[psutil.Process]) -> str:
        for output in [self._output] if self._output else _outputs(below):
            with contextlib.suppress(OSError):
                if output.stat().st_size > OUTPUT:
                    if not self._output:
                        _shorten(output, below)
                    return f"ended: it printed more than {numbers.quantity(OUTPUT, 'bytes')}"
        return ""

    def _held(self, below: Iterable[psutil.Process]) -> str:
        held = 0
        for each in below:
            with contextlib.suppress(psutil.Error):
                held += each.memory_info().rss
        if held <= self._memory:
            return ""
        most, now = (numbers.quantity(each, "bytes") for each in (self._memory, held))
        return f"ended: it held {now} of memory, more than {most} ({MEMORY} sets that)"


def _outputs(below: Iterable[psutil.Process]) -> Iterator[Path]:
    """The files to which these processes print."""
    for process in below:
        with contextlib.suppress(psutil.Error):
            yield from (Path(each.path) for each in process.open_files() if each.fd == 1)


def _shorten(output: Path, below: Iterable[psutil.Process]) -> None:
    """Leave the end of a file, for who reads all of it; the processes write no more."""
    for process in below:
        with contextlib.suppress(psutil.Error):
            process.suspend()
    end = tail(output)
    with output.open("r+", encoding="utf-8") as file:
        file.write(end)
        file.truncate()


def tail(output: Path) -> str:
    """The end of what was printed."""
    with output.open("rb") as file:
        file.seek(max(0, output.stat().st_size - TAIL))
        return file.read().decode("utf-8", "replace")


def how(status: int) -> str:
    """The end of a process in words, by its exit status as `subprocess` has it."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"
