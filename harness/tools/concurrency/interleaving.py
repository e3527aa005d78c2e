"""Thread switches and yields where they are rare, so that races do not hide.

Python may switch threads between any two byte codes, but seldom does: most interleavings of a
racy program never happen in a test. Here a seeded share of the lines (or byte codes) of the
agent's own code gives way to other threads, as in Musuvathi and Qadeer, "Iterative context
bounding" (2007): few, well-spread switches find nearly all races.

An event loop runs ready tasks first come, first served, so the same few interleavings come again
and again. Nothing promises that order: a socket or a timer changes it. Here each task gives way a
random number of times before it goes on (trio shuffles its ready tasks for the same reason).
"""

import asyncio
import contextlib
import functools
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

import harness.workload.model
import harness.workload.script
from harness.instruments.counters.executed import ExecutionCounter
from harness.instruments.frames import of_program

SWITCHES = 30
"""Switches aimed at in one run."""

LONGEST = 1e-4
"""Seconds of the longest pause: enough for every other thread to pass."""

FINE = 2000
"""A run of fewer lines is switched between byte codes, a longer one between lines."""

_OPCODES_A_LINE = 8
_MODEL = (str(harness.workload.model.__file__), str(harness.workload.script.__file__))

Trace = Callable[[FrameType, str, Any], Any]


@functools.cache
def shaken(file: str) -> bool:
    """Whether code of this file is the agent's: a framework's or an adapter's, not Python's."""
    return of_program(file) and not file.startswith(_MODEL)


def trace(hook: Trace) -> None:
    """Trace the calling thread to its end."""
    while True:
        try:
            sys.settrace(hook)
            return
        except RuntimeError:  # another thread is within settrace: CPython lets in only one
            time.sleep(0)


@contextlib.contextmanager
def switching(seconds: float = 1e-6) -> Iterator[None]:
    """Let Python switch threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def lines_of(run: Callable[[], object]) -> int:
    """Lines of the agent's code that one call executes in this thread."""
    with ExecutionCounter() as counter:
        run()
    read = counter.read().items()
    lines = [(key[0] if isinstance(key, tuple) else key, count) for key, (_, count) in read]
    return sum(count for code, count in lines if shaken(code.co_filename))


class Shake:
    """Pauses drawn from `seed`, about SWITCHES of them in a run of `lines` lines."""

    def __init__(self, seed: int, lines: int = 1) -> None:
        self.random = random.Random(seed)
        self.fine = lines < FINE
        steps = max(lines, 1) * (_OPCODES_A_LINE if self.fine else 1)
        self.rate = min(0.25, SWITCHES / steps)

    def pause(self, chance: float = 0.5) -> None:
        """Perhaps let other threads run."""
        if self.random.random() < chance:
            time.sleep(self.random.random() * LONGEST)

    async def apause(self) -> None:
        """Let other tasks run, up to three times."""
        for _ in range(self.random.randrange(4)):
            await asyncio.sleep(0)

    def _step(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.pause(self.rate)
        return self._step

    def enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace function for a thread: switches inside the agent's code."""
        if not shaken(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes = self.fine
        return self._step


GIVE_WAY = 0.5
"""Probability of one more turn left to others, at every step."""


class Yielding(Coroutine[Any, Any, Any]):
    """A coroutine for a task, which now and then yields before it goes on."""

    def __init__(self, inner: Coroutine[Any, Any, Any], draw: random.Random) -> None:
        self._inner = inner
        self._random = draw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)  # frameworks inspect the coroutine of a task

    def __await__(self) -> Any:
        return self._inner.__await__()

    def send(self, value: Any) -> Any:
        """One step of the coroutine, or a bare yield: the task's next turn comes later."""
        # A task sends nothing but None, so there is no value to keep.
        return None if self._random.random() < GIVE_WAY else self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()


def shuffle_tasks(draw: random.Random) -> None:
    """Make tasks of the running loop that begin from now on take turns in a random order."""

    def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> Any:
        if asyncio.iscoroutine(coroutine):
            coroutine = Yielding(coroutine, draw)
        return asyncio.Task(coroutine, loop=loop, **options)

    asyncio.get_running_loop().set_task_factory(make)
