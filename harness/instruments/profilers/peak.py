"""What is live when a run's memory is at its highest.

tracemalloc keeps the height of the peak but not what was live then. So the size is read before
every line of Python, in all threads started within, and what is live is looked at whenever
there is clearly more than at the last look. A peak within one line, in C, is lower than seen.
"""

from __future__ import annotations

import sys
import threading
import tracemalloc
from types import FrameType
from typing import Any

from harness.instruments.profilers.sites import Held, live

STEP = 0.02
"""By how much there must be more than at the last look, as a part of what there was."""

LEAST = 256
"""And in bytes: a look costs milliseconds."""


class PeakSnapshot:
    """Context manager: `sites` as they were at the highest look, if there was one."""

    def __init__(self, start: int) -> None:
        self.sites: Held = {}
        self._start = start
        self._own = 0
        self._next = start + LEAST

    def __enter__(self) -> PeakSnapshot:
        threading.settrace(self._hear)
        sys.settrace(self._hear)
        return self

    def __exit__(self, *raised: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _hear(self, frame: FrameType, event: str, arg: object) -> Any:
        now = tracemalloc.get_traced_memory()[0] - self._own
        if now >= self._next:
            self._look(now, frame)
        return self._hear

    def _look(self, now: int, frame: FrameType | None) -> None:
        self._next = now + max(LEAST, int(STEP * (now - self._start)))
        sites = live()
        # To be traced, every function in progress gets a frame object, on its first line.
        while frame is not None:
            sites.pop((frame.f_code.co_filename, frame.f_code.co_firstlineno), None)
            frame = frame.f_back
        self.sites = sites
        # What this look keeps is no memory of the run.
        self._own = tracemalloc.get_traced_memory()[0] - now
