"""The monitor: a context manager around a piece of work."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any, Protocol, Self

from harness.common.files import write
from harness.instruments.resources import files
from harness.instruments.resources.apart import Apart
from harness.instruments.resources.readers import OURS
from harness.instruments.resources.recording import Recording, Stop, record
from harness.instruments.resources.tree import FIELDS, Row, Tree

SHORTEST = 0.001
"""Seconds between samples below which the clock of a common machine is no help."""


class Worker(Protocol):
    """Something that records from its making on."""

    def ended(self, timeout: float | None) -> bool:
        """Wait until the watched process has ended; whether it has."""

    def stop(self) -> Recording:
        """The recording, after a last sample."""


class Inside:
    """Records in a thread of this process."""

    def __init__(self, pid: int, interval: float, children: bool, whole: bool) -> None:
        self._recording = Recording(pid, interval, "thread")
        begin = time.thread_time()
        self._tree = Tree(pid, interval, children, whole)
        self._recording.cost = time.thread_time() - begin
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, name="harness monitor", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        OURS[os.getpid(), "threads"] += 1
        record(self._tree, self._recording, self._stop)
        OURS[os.getpid(), "threads"] -= 1
        self._recording.cost += time.thread_time()

    def ended(self, timeout: float | None) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self) -> Recording:
        self._stop.set()
        self._thread.join()
        return self._recording


class Monitor:
    """What process `pid` (default: this one) uses between entering and leaving.

    interval: seconds between samples, kept by absolute deadlines. children: add up what its
    descendants use. process: sample from a process of its own, which costs the measured one
    nothing but the start; else from a thread, whose own cost is in the figures and told in
    `summary["monitor"]`. whole: count from the start of the process, for one just started.
    The monitor's own thread and descriptors are not counted. Raises ValueError for a bad
    interval, Ended if there is no such process. It can be entered once.
    """

    def __init__(
        self,
        pid: int | None = None,
        interval: float = 0.1,
        children: bool = True,
        process: bool = False,
        whole: bool = False,
    ) -> None:
        if not SHORTEST <= interval < float("inf"):
            raise ValueError(f"interval must be {SHORTEST} seconds or more, not {interval}")
        self._options = (os.getpid() if pid is None else pid, interval, children, whole)
        self._apart = process
        self._worker: Worker | None = None
        self._recording: Recording | None = None

    def __enter__(self) -> Self:
        if self._worker or self._recording:
            raise RuntimeError("a monitor can be entered once")
        self._worker = Apart(*self._options) if self._apart else Inside(*self._options)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._worker is not None
        self._recording, self._worker = self._worker.stop(), None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait inside the block for the process to end, `timeout` seconds at most; has it?"""
        if self._worker is None:
            raise RuntimeError("the monitor is not running")
        return self._worker.ended(timeout)

    @property
    def recording(self) -> Recording:
        """All of it; RuntimeError before the block is left."""
        if self._recording is None:
            raise RuntimeError("the monitor has not been left yet")
        return self._recording

    @property
    def summary(self) -> dict[str, Any]:
        """Peaks, means and totals: see `Recording.summary`."""
        return self.recording.summary

    @property
    def samples(self) -> list[Row]:
        """The kept samples, one value for each of `fields`; NaN where it was not read."""
        return self.recording.rows

    fields = FIELDS

    def to_json(self, path: str | Path) -> None:
        """Write summary and samples; the file is there whole or not at all."""
        write(path, files.as_json(self.recording))

    def to_csv(self, path: str | Path) -> None:
        """Write one line a sample; empty where a value was not read."""
        write(path, files.as_csv(self.recording))
