"""Counter of executed lines, by function and over all threads: inline work, which makes no calls.

A line is a `line` event of sys.settrace: a new line begun, or a jump back to the same one, so
that a loop on one line is seen, too. (The LINE events of sys.monitoring leave those out, which
is why no other back end is used.) Lines are ten times as dear to count as calls.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from harness.instruments.counters.calls import CodeCounter

Hook = Callable[[FrameType, str, object], Any]


class LineCounter(CodeCounter):
    """Counts lines of functions that are entered inside the block."""

    event = "lines"

    def _hook_for_thread(self) -> Hook:
        lines = self._for_thread()

        def hook(frame: FrameType, event: str, arg: object) -> Hook:
            if event == "line" and self.counting:
                code = frame.f_code
                lines[code] = lines.get(code, 0) + 1
            return hook

        return hook

    def _first_event(self, frame: FrameType, event: str, arg: object) -> Hook:
        hook = self._hook_for_thread()
        sys.settrace(hook)
        hook(frame, event, arg)
        return hook

    def _install(self) -> None:
        threading.settrace(self._first_event)
        if hasattr(threading, "settrace_all_threads"):
            threading.settrace_all_threads(self._first_event)
        sys.settrace(self._hook_for_thread())

    def _remove(self) -> None:
        if hasattr(threading, "settrace_all_threads"):
            threading.settrace_all_threads(None)
        sys.settrace(None)
        threading.settrace(None)
