"""What decorated functions took: time by function, memory by function. Safe among threads."""

from __future__ import annotations

import threading
import time
import tracemalloc
from abc import ABC, abstractmethod
from typing import ClassVar

Figures = dict[str, float]


class Call(ABC):
    """Context manager around one call of one function, told when each of its steps begins and ends.

    A call fails by any exception but GeneratorExit: then the reader has had enough.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def __enter__(self) -> Call:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        self.meter.add(failures=kind not in (None, GeneratorExit), **self.took())

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def end(self) -> None: ...

    @abstractmethod
    def took(self) -> Figures:
        """The figures of the call, when it has ended."""


class Meter:
    """Adds up the figures of the calls of one function: `calls`, `failures`, and others."""

    new: type[Call]
    sums: tuple[str, ...]
    largest: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all calls."""
        names = ("calls", "failures", *self.sums, self.largest)
        self._figures: Figures = dict.fromkeys(names, 0)

    def call(self) -> Call:
        """A call that begins now."""
        return self.new(self)

    def add(self, **took: float) -> None:
        """A call has ended."""
        with self._lock:
            figures = self._figures
            largest = max(figures[self.largest], took.pop(self.largest))
            for name, value in {"calls": 1, **took}.items():
                figures[name] += value
            figures[self.largest] = largest

    def figures(self) -> Figures:
        """Figures by name, of calls that have ended."""
        with self._lock:
            return dict(self._figures)


class _Running(threading.local):
    """Calls of which a step runs in this thread, outermost first."""

    def __init__(self) -> None:
        self.calls: list[_Timed] = []


class _Timed(Call):
    _running = _Running()

    def __init__(self, meter: Meter) -> None:
        super().__init__(meter)
        self._step = self._below = self._cpu = self._own = 0.0
        self._outermost = True
        self._begun = time.perf_counter()

    def begin(self) -> None:
        calls = self._running.calls
        # A function that calls itself: the outermost call contains the time of the others.
        self._outermost = all(each.meter is not self.meter for each in calls)
        calls.append(self)
        self._below = 0.0
        self._step = time.thread_time()

    def end(self) -> None:
        took = time.thread_time() - self._step
        calls = self._running.calls
        calls.pop()
        if calls:
            calls[-1]._below += took
        self._own += took - self._below
        if self._outermost:
            self._cpu += took

    def took(self) -> Figures:
        took = time.perf_counter() - self._begun
        return {"seconds": took, "longest": took, "cpu": self._cpu, "own_cpu": self._own}


class TimeMeter(Meter):
    """Seconds on the clock, the longest call, CPU seconds with and without decorated callees.

    CPU seconds are of the thread, so what others do meanwhile, or waiting, is not in them.
    """

    new, sums, largest = _Timed, ("seconds", "cpu", "own_cpu"), "longest"


class _Sized(Call):
    """Bytes it has added so far, the most of them at any time, and its running step."""

    _running: ClassVar[list[_Sized]] = []  # of all functions: they share one peak
    _lock = threading.Lock()

    def __init__(self, meter: Meter) -> None:
        super().__init__(meter)
        self._held = self._peak = self._start = self._highest = 0

    def begin(self) -> None:
        with self._lock:
            self._start = self._highest = self._note_peak()
            self._running.append(self)

    def end(self) -> None:
        with self._lock:
            now = self._note_peak()
            self._running.remove(self)
            self._peak = max(self._peak, self._held + self._highest - self._start)
            self._held += now - self._start

    def _note_peak(self) -> int:
        """Give the peak since the last note to all that run; returns the bytes live now.

        There is one peak for the whole process, so a nested step must not make it forgotten.
        """
        now, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for each in self._running:
            each._highest = max(each._highest, peak)
        return now

    def took(self) -> Figures:
        return {"kept": self._held, "peak": self._peak}


class MemoryMeter(Meter):
    """Bytes kept by all calls, and the most bytes one call held above its start (peak).

    Bytes are of Python's allocators (tracemalloc), of the whole process while a step of the
    function runs: other tasks are not in them, other threads are.
    """

    new, sums, largest = _Sized, ("kept",), "peak"

    def __init__(self) -> None:
        super().__init__()
        if not tracemalloc.is_tracing():
            tracemalloc.start(1)
