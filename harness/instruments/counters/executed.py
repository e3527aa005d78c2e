"""Counter of what the interpreter executes, by function and over all threads: calls and lines.

A call is what the interpreter's tracer calls one: a Python function entered, or a generator or
coroutine entered, resumed or thrown into. C functions are not counted. A line is a new line begun,
or a jump back to the same one, so that a loop on one line is seen, too. (The events of
sys.monitoring leave those out, which is why sys.settrace is used on every Python.)
"""

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any, Self

from harness.instruments.counters import functions

Hook = Callable[[FrameType, str, object], Any]

Key = CodeType | tuple[CodeType, CodeType | None]
"""What is counted apart: a function; of the standard library, and of generated ones, with who
called it."""

Reading = dict[Key, tuple[int, int]]
"""Calls and lines."""

_threading: Any = threading  # some of its functions came with Python 3.12
_OWN = os.path.dirname(__file__)


class ExecutionCounter:
    """Context manager that counts in every thread.

    Enter it *before* the warm-up: threads started inside the block carry the hook, threads that
    already run (below Python 3.12) do not. What this folder executes itself is not counted.
    lines: whether they are counted, too, which takes several times as long.
    """

    def __init__(self, lines: bool = True) -> None:
        self._lines = lines
        self._threads: list[dict[Key, list[int]]] = []
        self._shared = _Shared()

    def __enter__(self) -> Self:
        threading.settrace(self._first_event)
        if hasattr(threading, "settrace_all_threads"):
            _threading.settrace_all_threads(self._first_event)
        sys.settrace(self._hook_for_thread())
        return self

    def __exit__(self, *raised: object) -> None:
        if hasattr(threading, "settrace_all_threads"):
            _threading.settrace_all_threads(None)
        sys.settrace(None)
        threading.settrace(None)

    def read(self) -> Reading:
        """What was executed so far, all threads."""
        reading: Reading = {}
        for counts in list(self._threads):
            for key, (calls, lines) in list(counts.items()):
                other = reading.get(key, (0, 0))
                reading[key] = calls + other[0], lines + other[1]
        return reading

    def _first_event(self, frame: FrameType, event: str, arg: object) -> Any:
        hook = self._hook_for_thread()
        sys.settrace(hook)
        return hook(frame, event, arg)

    def _hook_for_thread(self) -> Hook:
        """A hook that counts in places of its own: adding up in a shared one would lose some."""
        counts: dict[Key, list[int]] = {}
        self._threads.append(counts)
        places: dict[Key, tuple[list[int], Hook | None]] = {}
        shared, lines = self._shared, self._lines

        def hook(frame: FrameType, event: str, arg: object) -> Hook | None:
            code = frame.f_code
            key: Key = code
            if shared[code]:
                caller = frame.f_back
                while caller is not None and shared[caller.f_code]:
                    caller = caller.f_back
                key = code, caller and caller.f_code
            if (place := places.get(key)) is None:
                place = places[key] = new(key, code.co_filename.startswith(_OWN))
            place[0][0] += 1
            return place[1]

        def new(key: Key, own: bool) -> tuple[list[int], Hook | None]:
            count = [0, 0]
            if own:
                return count, None
            counts[key] = count

            # A function for each key: it need not look up where to count.
            def on_line(frame: FrameType, event: str, arg: object) -> None:
                if event == "line":
                    count[1] += 1

            return count, on_line if lines else None

        return hook


class _Shared(dict[CodeType, bool]):
    """Whether a function is of the standard library, generated, or of this folder; remembered."""

    def __missing__(self, code: CodeType) -> bool:
        path = functions.path_of(code.co_filename)
        shared = self[code] = functions.is_shared(path) or code.co_filename.startswith(_OWN)
        return shared


def by_function(counts: Mapping[Key, int]) -> Counter[str]:
    """Counts by function, as `functions.named` calls it."""
    result: Counter[str] = Counter()
    for key, number in counts.items():
        code, caller = key if isinstance(key, tuple) else (key, None)
        result[functions.named(code, caller)] += number
    return result
