"""What calls of decorated functions took, step by step: a call is one step, a coroutine many.

Between two steps a coroutine or generator does not run, others do. Measured by the step, what
tasks and generators take never mixes, however they take turns: within a thread, steps are nested
like calls.
"""

from __future__ import annotations

import functools
import inspect
import threading
import time
import tracemalloc
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import aclosing
from typing import Any, ClassVar, Self

Figures = dict[str, float]
"""Of one function over its calls that have ended.

calls; failures: by any exception but GeneratorExit (the reader has had enough); and those of the
kind of call.
"""

LARGEST = ("longest", "peak")
"""Figures that are the largest of all calls; the others are their sum."""

LOCK = threading.Lock()
"""To read figures, and to change them."""


class Call(ABC):
    """Context manager around one call of the function that has these figures; makes its steps.

    took: its own figures so far, each as it is added up.
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.took: Figures = dict.fromkeys(self.names, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: object) -> None:
        failed = kind not in (None, GeneratorExit)
        with LOCK:
            for name, value in {"calls": 1, "failures": failed, **self.took}.items():
                before = self.figures[name]
                self.figures[name] = max(before, value) if name in LARGEST else before + value

    def step(self, run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One step: what `run` returns."""
        self.begin()
        try:
            return run(*args, **kwargs)
        finally:
            self.end()

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def end(self) -> None: ...


class _Running(threading.local):
    """Calls of which a step runs in this thread, outermost first."""

    def __init__(self) -> None:
        self.calls: list[TimedCall] = []


class TimedCall(Call):
    """Seconds on the clock, the longest call, CPU seconds with and without decorated callees.

    CPU seconds are of the thread, so what others do meanwhile, or waiting, is not in them.
    """

    names = ("seconds", "longest", "cpu", "own_cpu")
    _running = _Running()

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures)
        self._step = self._below = 0.0
        self._begun = time.perf_counter()

    def begin(self) -> None:
        self._running.calls.append(self)
        self._below = 0.0
        self._step = time.thread_time()

    def end(self) -> None:
        cpu = time.thread_time() - self._step
        *above, _ = self._running.calls
        self._running.calls.pop()
        if above:
            above[-1]._below += cpu
        self.took["own_cpu"] += cpu - self._below
        # A function that calls itself: the outermost call contains the time of the others.
        if all(each.figures is not self.figures for each in above):
            self.took["cpu"] += cpu
        self.took["seconds"] = self.took["longest"] = time.perf_counter() - self._begun


class SizedCall(Call):
    """Bytes kept, and the most that one call held above its start (peak).

    Bytes are of Python's allocators (tracemalloc), of the whole process while a step of the
    function runs: other tasks are not in them, other threads are.
    """

    names = ("kept", "peak")
    _running: ClassVar[list[SizedCall]] = []  # of all functions: they share one peak
    _lock = threading.Lock()
    _start = _highest = 0

    def begin(self) -> None:
        with self._lock:
            self._start = self._highest = self._note_peak()
            self._running.append(self)

    def end(self) -> None:
        with self._lock:
            now = self._note_peak()
            self._running.remove(self)
            took = self.took
            took["peak"] = max(took["peak"], took["kept"] + self._highest - self._start)
            took["kept"] += now - self._start

    def _note_peak(self) -> int:
        """Give the peak since the last note to all that run; returns the bytes live now.

        There is one peak for the whole process, so a nested step must not make it forgotten.
        """
        now, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for each in self._running:
            each._highest = max(each._highest, peak)
        return now


class _Steps(Generator[Any, Any, Any]):
    """A generator or coroutine, to `yield from` or await, each step of it one of the call."""

    def __init__(self, source: Any, call: Call) -> None:
        self._source, self._call = source, call

    def send(self, value: Any) -> Any:
        return self._call.step(self._source.send, value)

    def throw(self, *raised: Any) -> Any:
        return self._call.step(self._source.throw, *raised)

    def __await__(self) -> _Steps:
        return self


KINDS = {
    types.CoroutineType: inspect.iscoroutinefunction,
    types.GeneratorType: inspect.isgeneratorfunction,
    types.AsyncGeneratorType: inspect.isasyncgenfunction,
}
"""What runs in steps, and what it comes from."""


def check(function: Any) -> None:
    """Raises TypeError for what is neither a function nor a method, of whichever kind."""
    plain = function.__func__ if isinstance(function, classmethod | staticmethod) else function
    if isinstance(plain, type) or not (callable(plain) and hasattr(plain, "__qualname__")):
        raise TypeError(f"functions and methods can be measured, not {function!r}")


def _end(call: Any, future: Any) -> None:
    """The end of a call that returned a future, which keeps its error for who asks for it."""
    call.step(lambda: None)
    # Not exception(): the loop would no longer complain of an error that nobody asks for.
    error = RuntimeError() if future.cancelled() else getattr(future, "_exception", None)
    call.__exit__(type(error) if error else None, error, None)


def metered(function: Any, begin: Callable[[], Any], kind: type[Any] | None = None) -> Any:
    """`function` of the same kind: plain, or one of KINDS (known, or found out); class or static
    method. What a plain one returns that runs in steps is part of its call, as where a decorator
    or a lambda hides an `async def`. A future or a task that it returns, which others run, ends the
    call when it is done: the clock is of all of it, CPU and bytes of its start.

    begin: makes a call that begins now: a context manager with `step`, as `Call` is.
    """
    if isinstance(function, classmethod | staticmethod):
        return type(function)(metered(function.__func__, begin))

    def plain(*args: Any, **kwargs: Any) -> Any:
        call = begin()
        try:
            result = call.step(function, *args, **kwargs)
        except BaseException:
            with call:
                raise
        if type(result) in KINDS:
            return metered(lambda: result, lambda: call, type(result))()
        if hasattr(type(result), "add_done_callback"):
            result.add_done_callback(functools.partial(_end, call))
            return result
        with call:
            return result

    def generator(*args: Any, **kwargs: Any) -> Any:
        with begin() as call:
            return (yield from _Steps(function(*args, **kwargs), call))

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with begin() as call:
            return await _Steps(function(*args, **kwargs), call)

    async def async_generator(*args: Any, **kwargs: Any) -> Any:
        with begin() as call:
            async with aclosing(function(*args, **kwargs)) as source:
                step = source.asend(None)
                while True:
                    try:
                        item = await _Steps(step, call)
                    except StopAsyncIteration:
                        break
                    try:
                        step = source.asend((yield item))
                    except GeneratorExit:  # the reader has had enough
                        raise
                    except BaseException as error:
                        step = source.athrow(error)

    wrappers = dict(zip(KINDS, (coroutine, generator, async_generator), strict=True))
    found = kind or next((made for made, made_by in KINDS.items() if made_by(function)), None)
    return functools.wraps(function)(wrappers[found] if found else plain)
