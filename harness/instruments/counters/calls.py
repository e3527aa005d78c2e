"""Counters of what the interpreter executes, by function and over all threads: calls.

A call is what the interpreter's profiler calls one: a Python function entered, or a generator
or coroutine entered, resumed or thrown into. C functions are not counted. Two back ends give
equal totals: sys.setprofile everywhere, sys.monitoring (cheaper) from Python 3.12 on.
"""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any

from harness.instruments.counters import functions

TOOL_IDS = range(6)
"""Those of sys.monitoring that are not the interpreter's own."""

monitoring: Any = getattr(sys, "monitoring", None)
_threading: Any = threading  # some of its functions came with Python 3.12


Key = CodeType | tuple[CodeType, CodeType | None]
"""What is counted apart: a function, or a function and who called it."""


class CodeCounter(ABC):
    """Context manager that counts events by function in every thread while `counting` is true.

    Enter it *before* the warm-up: threads started inside the block carry the hook, threads
    that already run (below Python 3.12) do not. Set `counting` around the region of interest.
    """

    event = "events"
    """What is counted, for messages."""

    def __init__(self) -> None:
        self.counting = False
        self._threads: list[dict[Key, int]] = []
        self._shared: dict[Key, bool] = {}

    @abstractmethod
    def _install(self) -> None:
        """Hook the interpreter, in this thread and all that are started from now on."""

    @abstractmethod
    def _remove(self) -> None:
        """Leave the interpreter as if nothing had been installed."""

    def __enter__(self) -> CodeCounter:
        self._install()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._remove()

    def _for_thread(self) -> dict[Key, int]:
        """Counts of one more thread: adding up in a shared place would lose some."""
        counts: dict[Key, int] = {}
        self._threads.append(counts)
        return counts

    @property
    def total(self) -> int:
        """Events counted so far, all threads."""
        return sum(sum(counts.values()) for counts in list(self._threads))

    def reset(self) -> None:
        """Forget what was counted so far."""
        for counts in list(self._threads):
            counts.clear()

    def _key(self, frame: FrameType) -> Key:
        """The function; of the standard library's, and of generated ones, with who called them."""
        code = frame.f_code
        if not self._is_shared(code):
            return code
        caller = frame.f_back
        while caller is not None and self._is_shared(caller.f_code):
            caller = caller.f_back
        return code, caller and caller.f_code

    def _is_shared(self, code: CodeType) -> bool:
        known = self._shared.get(code)
        if known is None:
            known = self._shared[code] = functions.is_shared(functions.path_of(code.co_filename))
        return known

    def by_function(self) -> Counter[str]:
        """Events by function, as `functions.named` calls it, all threads."""
        result: Counter[str] = Counter()
        for counts in list(self._threads):
            for key, number in list(counts.items()):
                code, caller = key if isinstance(key, tuple) else (key, None)
                result[functions.named(code, caller)] += number
        return result


class ProfileCounter(CodeCounter):
    """Counts calls with sys.setprofile."""

    event = "calls"

    def _hook_for_thread(self) -> Callable[[FrameType, str, object], None]:
        calls = self._for_thread()

        def hook(frame: FrameType, event: str, arg: object) -> None:
            if event == "call" and self.counting:
                key: Key = frame.f_code
                if self._shared.get(key, True):
                    key = self._key(frame)
                calls[key] = calls.get(key, 0) + 1

        return hook

    def _first_event(self, frame: FrameType, event: str, arg: object) -> None:
        hook = self._hook_for_thread()
        sys.setprofile(hook)
        hook(frame, event, arg)

    def _install(self) -> None:
        threading.setprofile(self._first_event)
        if hasattr(threading, "setprofile_all_threads"):
            _threading.setprofile_all_threads(self._first_event)
        sys.setprofile(self._hook_for_thread())

    def _remove(self) -> None:
        if hasattr(threading, "setprofile_all_threads"):
            _threading.setprofile_all_threads(None)
        sys.setprofile(None)
        threading.setprofile(None)


class MonitoringCounter(CodeCounter):
    """Counts calls with sys.monitoring; RuntimeError where other tools hold every tool id.

    A thread counts from where sys.setprofile would begin, after its own bootstrap: that is
    told by its first profile event, which then removes the profiler again.
    """

    event = "calls"

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()
        self._tool: int | None = None

    def _count(self, code: CodeType, *where: object) -> None:
        if self.counting:
            calls = getattr(self._own, "calls", None)
            if calls is not None:
                key: Key = code
                if self._shared.get(code, True):
                    key = self._key(sys._getframe(1))
                calls[key] = calls.get(key, 0) + 1

    def _thread_begins(self, frame: FrameType, event: str, arg: object) -> None:
        sys.setprofile(None)
        self._own.calls = self._for_thread()  # a call that began it is told to _count next

    def _install(self) -> None:
        self._tool = next((tool for tool in TOOL_IDS if monitoring.get_tool(tool) is None), None)
        if self._tool is None:
            raise RuntimeError("no free tool id in sys.monitoring: other tools hold them all")
        threading.setprofile(self._thread_begins)
        _threading.setprofile_all_threads(self._thread_begins)
        sys.setprofile(None)
        self._own.calls = self._for_thread()
        monitoring.use_tool_id(self._tool, "harness")
        events = monitoring.events
        for event in (events.PY_START, events.PY_RESUME, events.PY_THROW):
            monitoring.register_callback(self._tool, event, self._count)
        monitoring.set_events(self._tool, events.PY_START | events.PY_RESUME | events.PY_THROW)

    def _remove(self) -> None:
        events = monitoring.events
        monitoring.set_events(self._tool, 0)
        for event in (events.PY_START, events.PY_RESUME, events.PY_THROW):
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        _threading.setprofile_all_threads(None)
        sys.setprofile(None)
        threading.setprofile(None)


CallCounter: type[CodeCounter] = MonitoringCounter if monitoring else ProfileCounter
"""The cheaper of the two back ends that this interpreter has."""
