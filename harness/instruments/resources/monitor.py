"""The monitor: a context manager around a piece of work."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Self

from harness.common.files import write
from harness.instruments.resources import files
from harness.instruments.resources.recording import Recording, Tell
from harness.instruments.resources.sampling import ProcessSampler, ThreadSampler
from harness.instruments.resources.tree import FIELDS, Row

SHORTEST = 0.001
"""Seconds between samples below which the clock of a common machine is no help."""


class Monitor:
    """What process `pid` (default: this one) uses between entering and leaving.

    interval: seconds between samples, kept by absolute deadlines. children: add up what its
    descendants use. process: sample from a process of its own, which costs the measured one
    nothing but the start; else from a thread, whose own cost is in the figures and told in
    `summary["monitor"]`. whole: count from the start of the process, for one just started.
    tell: called with each sample, by that thread; it should be quick.
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
        tell: Tell | None = None,
    ) -> None:
        if not SHORTEST <= interval < float("inf"):
            raise ValueError(f"interval must be {SHORTEST} seconds or more, not {interval}")
        if process and tell:
            raise ValueError("a process of its own tells its samples in the end only")
        self._options = (os.getpid() if pid is None else pid, interval, children, whole)
        self._process, self._tell = process, tell
        self._sampler: ProcessSampler | ThreadSampler | None = None
        self._recording: Recording | None = None

    def __enter__(self) -> Self:
        if self._sampler or self._recording:
            raise RuntimeError("a monitor can be entered once")
        if self._process:
            self._sampler = ProcessSampler(*self._options)
        else:
            self._sampler = ThreadSampler(*self._options, self._tell)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        assert self._sampler is not None
        sampler, self._sampler = self._sampler, None
        # What went wrong in the program is not hidden by what went wrong here.
        with contextlib.suppress(*[Exception] if kind else []):
            self._recording = sampler.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait inside the block for the process to end, `timeout` seconds at most; has it?"""
        if self._sampler is None:
            raise RuntimeError("the monitor is not running")
        return self._sampler.ended(timeout)

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
