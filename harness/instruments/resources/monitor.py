"""The monitor: a context manager around a piece of work.

It samples from a thread of the measured process, or from a process of its own. That costs the
measured one nothing but its start and one descriptor, and ends when it is asked to, or when the
measured process has.
"""

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from harness.common import child
from harness.common.files import write
from harness.common.local import LocalServer
from harness.instruments.resources.readers import OURS, Ended
from harness.instruments.resources.recording import Recorder, Seen, Tell
from harness.instruments.resources.tree import FIELDS, Row

SCHEMA = 1

SHORTEST = 0.001
"""Seconds between samples below which the clock of a common machine is no help."""

END = 60.0
"""Seconds within which a monitor of its own process has ended."""


class Monitor:
    """What process `pid` (default: this one) uses between entering and leaving.

    interval: seconds between samples, kept by absolute deadlines. children: add up what its
    descendants use. process: sample from a process of its own, which costs the measured one
    nothing but the start; else from a thread, whose own cost is in the figures and in
    `summary["monitor"]`. whole: count from the start of the process, for one just started.
    tell: called with each sample, by that thread; it should be quick.
    The monitor's own thread and descriptors are not counted. Raises ValueError for a bad
    interval, Ended if there is no such process. It can be entered once.
    """

    fields = FIELDS

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
        pid = os.getpid() if pid is None else pid
        self._options = {"pid": pid, "interval": interval, "children": children, "whole": whole}
        self._process, self._tell = process, tell
        self._watch: ChildRecorder | Recorder | None = None
        self._seen: Seen | None = None

    def __enter__(self) -> Self:
        if self._watch:
            raise RuntimeError("a monitor can be entered once")
        self._watch = (
            ChildRecorder(self._options) if self._process else Recorder(self._options, self._tell)
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        # What went wrong in the program is not hidden by what went wrong here.
        with contextlib.suppress(*[Exception] if kind else []):
            self._seen = self._watch.end() if self._watch else None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait inside the block for the process to end, `timeout` seconds at most; has it?"""
        if self._watch is None or self._seen:
            raise RuntimeError("the monitor is not running")
        return self._watch.wait(timeout)

    def _left(self) -> Seen:
        if self._seen is None:
            raise RuntimeError("the monitor has not been left yet")
        return self._seen

    @property
    def summary(self) -> dict[str, Any]:
        """Peaks, means and totals: see `Recording.summary`. RuntimeError within the block."""
        return self._left()[0]

    @property
    def samples(self) -> list[Row]:
        """The kept samples, one value for each of `fields`; NaN where it was not read."""
        return self._left()[1]

    def to_json(self, path: str | Path) -> None:
        """Write summary and samples; the file is there whole or not at all.

        {"schema": 1, "summary": {...}, "fields": [...], "samples": [[...], ...]}, null: not read.
        """
        rows = ",\n".join(json.dumps(_cells(row)) for row in self.samples)
        head = {"schema": SCHEMA, "summary": self.summary, "fields": FIELDS}
        write(path, f'{json.dumps(head, indent=1)[:-2]},\n "samples": [\n{rows}\n]}}\n')

    def to_csv(self, path: str | Path) -> None:
        """Write a line of names, then one line a sample; empty where a value was not read."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([FIELDS, *map(_cells, self.samples)])
        write(path, text.getvalue())


def _cells(row: Row) -> list[float | int | None]:
    """NaN is unknown; a whole number needs no point."""
    known = (value if value == value else None for value in row)
    return [int(v) if v is not None and v.is_integer() else v for v in known]


class ChildRecorder(LocalServer):
    """Records in a process of its own; ready when made."""

    def __init__(self, options: dict[str, Any]) -> None:
        ours = {name: OURS[options["pid"], name] for name in ("threads", "descriptors")}
        if options["pid"] == os.getpid():
            ours["descriptors"] += self.DESCRIPTORS
        super().__init__(f"{__name__}:sample", {"options": options, "ours": ours})
        if self.report:
            self.close()
            raise Ended(self.report)

    def end(self) -> Seen:
        """Summary and samples, after a last one."""
        with self:
            self.stop(END)
            summary, rows = self.read(END)
        summary["monitor"]["where"] = "process"
        return summary, [tuple(row) for row in rows]


def sample(options: dict[str, Any], ours: dict[str, int]) -> Iterator[Any]:
    """In a child: why there is nothing to watch, or "" and in the end summary and samples."""
    OURS.update({(options["pid"], name): count for name, count in ours.items()})
    try:
        recorder = Recorder(options)
    except Ended as reason:
        yield str(reason)
        return
    child.on_stop(recorder.stop.set)
    yield ""
    recorder.wait()
    yield recorder.end()
