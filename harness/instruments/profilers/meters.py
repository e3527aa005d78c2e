"""What decorated functions took: time by function, memory by function. Safe among threads."""

from __future__ import annotations

import threading
import time
import tracemalloc
from dataclasses import dataclass
from typing import Any

Figures = dict[str, float]


@dataclass
class _Timed:
    """One call: its own start, and what decorated functions called in the running step took."""

    begun: float
    step: float = 0.0
    below: float = 0.0
    cpu: float = 0.0
    own: float = 0.0
    outermost: bool = True


class _Stack(threading.local):
    """Steps that run in this thread, outermost first: (meter, call)."""

    def __init__(self) -> None:
        self.steps: list[tuple[object, Any]] = []


class TimeMeter:
    """Calls, failures, seconds on the clock, CPU seconds with and without decorated callees.

    CPU seconds are of the thread, so what others do meanwhile, or waiting, is not in them.
    """

    _stack = _Stack()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all calls."""
        self._figures: Figures = dict.fromkeys(
            ("calls", "failures", "seconds", "longest", "cpu", "own_cpu"), 0
        )

    def enter(self) -> _Timed:
        return _Timed(time.perf_counter())

    def begin(self, call: _Timed) -> None:
        steps = self._stack.steps
        # A function that calls itself: the outermost call contains the time of the others.
        call.outermost = all(meter is not self for meter, _ in steps)
        steps.append((self, call))
        call.below = 0.0
        call.step = time.thread_time()

    def end(self, call: _Timed) -> None:
        took = time.thread_time() - call.step
        steps = self._stack.steps
        steps.pop()
        if steps:
            steps[-1][1].below += took
        call.own += took - call.below
        if call.outermost:
            call.cpu += took

    def leave(self, call: _Timed, failed: bool) -> None:
        took = time.perf_counter() - call.begun
        with self._lock:
            figures = self._figures
            figures["calls"] += 1
            figures["failures"] += failed
            figures["seconds"] += took
            figures["longest"] = max(figures["longest"], took)
            figures["cpu"] += call.cpu
            figures["own_cpu"] += call.own

    def figures(self) -> Figures:
        """{calls, failures, seconds, longest, cpu, own_cpu}, of calls that have ended."""
        with self._lock:
            return dict(self._figures)


@dataclass(eq=False)  # equal calls are not the same call
class _Sized:
    """One call: bytes it has added so far, the most of them at any time, and its running step."""

    held: int = 0
    peak: int = 0
    start: int = 0
    highest: int = 0


class MemoryMeter:
    """Calls, failures, bytes kept, and the most bytes one call held above its start.

    Bytes are of Python's allocators (tracemalloc), of the whole process while a step of the
    function runs: other tasks are not in them, other threads are.
    """

    _running: list[_Sized] = []  # noqa: RUF012 (of all functions: they share one peak)
    _lock = threading.Lock()

    def __init__(self) -> None:
        self.clear()
        if not tracemalloc.is_tracing():
            tracemalloc.start(1)

    def clear(self) -> None:
        """Forget all calls."""
        self._figures: Figures = dict.fromkeys(("calls", "failures", "kept", "peak"), 0)

    def enter(self) -> _Sized:
        return _Sized()

    def begin(self, call: _Sized) -> None:
        with self._lock:
            call.start = call.highest = self._note_peak()
            self._running.append(call)

    def end(self, call: _Sized) -> None:
        with self._lock:
            now = self._note_peak()
            self._running.remove(call)
            call.peak = max(call.peak, call.held + call.highest - call.start)
            call.held += now - call.start

    def _note_peak(self) -> int:
        """Give the peak since the last note to all that run; returns the bytes live now.

        There is one peak for the whole process, so a nested step must not make it forgotten.
        """
        now, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for each in self._running:
            each.highest = max(each.highest, peak)
        return now

    def leave(self, call: _Sized, failed: bool) -> None:
        with self._lock:
            figures = self._figures
            figures["calls"] += 1
            figures["failures"] += failed
            figures["kept"] += call.held
            figures["peak"] = max(figures["peak"], call.peak)

    def figures(self) -> Figures:
        """{calls, failures, kept, peak}, of calls that have ended; kept is the sum of all."""
        with self._lock:
            return dict(self._figures)
