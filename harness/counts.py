"""Exact counts: Python calls per run, over all threads, by function.

A call is a `call` event of the interpreter's profiler (sys.setprofile): a Python function
entered, or a generator or coroutine entered or resumed. C functions are not counted. The
hook counts per thread and keeps which function was called, so that a change can be located.
"""

from __future__ import annotations

import gc
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, TracebackType

SPREAD = 0.005
"""By how much repeats of a count may differ, as a fraction, for it to be called exact."""


class CallCounter:
    """Context manager that counts Python calls in every thread while `counting` is true.

    Enter it *before* the warm-up: threads started inside the block carry the hook, threads
    that already run (below Python 3.12) do not. Set `counting` around the region of interest.
    """

    def __init__(self) -> None:
        self.counting = False
        self._threads: list[dict[CodeType, int]] = []

    def _hook_for_thread(self) -> Callable[[FrameType, str, object], None]:
        calls: dict[CodeType, int] = {}
        self._threads.append(calls)

        def hook(frame: FrameType, event: str, arg: object) -> None:
            if event == "call" and self.counting:
                code = frame.f_code
                calls[code] = calls.get(code, 0) + 1

        return hook

    def _first_event(self, frame: FrameType, event: str, arg: object) -> None:
        hook = self._hook_for_thread()
        sys.setprofile(hook)
        hook(frame, event, arg)

    def __enter__(self) -> CallCounter:
        threading.setprofile(self._first_event)
        if hasattr(threading, "setprofile_all_threads"):
            threading.setprofile_all_threads(self._first_event)
        sys.setprofile(self._hook_for_thread())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if hasattr(threading, "setprofile_all_threads"):
            threading.setprofile_all_threads(None)
        sys.setprofile(None)
        threading.setprofile(None)

    @property
    def total(self) -> int:
        """Calls counted so far, all threads."""
        return sum(sum(calls.values()) for calls in list(self._threads))

    def by_function(self) -> Counter[str]:
        """Calls by `qualified name (file name)`, all threads."""
        result: Counter[str] = Counter()
        for calls in list(self._threads):
            for code, number in list(calls.items()):
                file = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
                result[f"{code.co_qualname} ({file})"] += number
        return result


def tick_wall_clock() -> None:
    """Replace time.time and time.time_ns by clocks that advance one microsecond a reading.

    For processes that only count, before the framework is imported: identifiers and timeouts
    made of the wall clock take other paths from one millisecond to the next. Waiting and
    event loops use the monotonic clock, which is left alone.
    """
    start = 1_700_000_000
    time.time = itertools.count(float(start), 1e-6).__next__
    time.time_ns = itertools.count(start * 10**9, 1000).__next__


def calls_per_run(run: Callable[[int], None], repeats: int = 7, warm: int = 3) -> int:
    """Python calls of one run: `run(k)` must do k runs; warm-ups are not counted.

    The difference between doing two runs and doing one, so what a batch costs once (an event
    loop, a pool) cancels out. Each is counted `repeats` times and the fewest calls are taken:
    where threads hand over work, a waiting thread adds calls, none ever takes any away. Where
    repeats differ by more than SPREAD the work is not deterministic, and NotImplementedError
    says so. The garbage collector is off meanwhile: when it runs depends on history, and it
    may call Python.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        with CallCounter() as counter:
            run(warm)
            once = [_count(counter, run, 1) for _ in range(repeats)]
            twice = [_count(counter, run, 2) for _ in range(repeats)]
    finally:
        if enabled:
            gc.enable()
    return _fewest(twice) - _fewest(once)


def _count(counter: CallCounter, run: Callable[[int], None], runs: int) -> int:
    before = counter.total
    counter.counting = True
    try:
        run(runs)
    finally:
        counter.counting = False
    return counter.total - before


def _fewest(counts: Sequence[int]) -> int:
    fewest, most = min(counts), max(counts)
    if most - fewest > SPREAD * fewest:
        raise NotImplementedError(
            f"its calls vary from run to run ({fewest} to {most}): no exact count"
        )
    return fewest
