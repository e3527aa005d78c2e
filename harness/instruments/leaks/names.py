"""Names for what was found: types, places in the source, threads, tasks, descriptors."""

import asyncio
import contextlib
import os
import re
import sys
import threading
import tracemalloc
from collections import Counter
from typing import Any

from harness.instruments.counters.functions import path_of
from harness.instruments.frames import (
    HARNESS,
    INSTRUMENT,
    of_program,
    place,
    program_place,
)

DEEP = 10
"""Calls remembered with an allocation."""

_STARTER = tuple(f"{root}common/" for root in HARNESS)
"""What starts a separate process, so that it is below all calls of one."""

_NUMBERS = re.compile(r"\d+")


def type_name(cls: type) -> str:
    """Its name with its module, without the builtins'."""
    module = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return f"{module}{cls.__qualname__}"


def function_name(function: Any) -> str:
    """A function's name, and where it is."""
    name = getattr(function, "__qualname__", repr(function))
    code = getattr(function, "__code__", None)
    return f"{name} ({path_of(place(code))})" if code else str(name)


def calls(traceback: tracemalloc.Traceback, most: int = 3) -> str:
    """The calls of the program that led to an allocation, the innermost first."""
    program = [
        f for f in traceback if of_program(f.filename) and not f.filename.startswith(_STARTER)
    ]
    frames = program[::-1][:most] or [traceback[-1]]
    return " < ".join(f"{path_of(frame.filename)}:{frame.lineno}" for frame in frames)


def made(thing: object) -> str:
    """ ", made at file:line" where tracemalloc knows who allocated an object, else ""."""
    traceback = tracemalloc.get_object_traceback(thing)
    return f", made at {calls(traceback, 1)}" if traceback else ""


def thread_name(thread: threading.Thread) -> str:
    """A thread: its name, what it runs, where it was made."""
    target = getattr(thread, "_target", None) or type(thread).run
    # Not of the thread itself: Python 3.11 finds no trace of an object with a dict of its own.
    condition = getattr(getattr(thread, "_started", None), "_cond", None)
    started = made(getattr(condition, "_lock", None))
    return f"thread {_alike(thread.name)!r} runs {function_name(target)}{started}"


def task_name(task: asyncio.Task[Any]) -> str:
    """A task: its name, its coroutine, and where that stands."""
    coroutine: Any = task.get_coro()
    code = getattr(coroutine, "cr_code", getattr(coroutine, "gi_code", None))
    frame = getattr(coroutine, "cr_frame", getattr(coroutine, "gi_frame", None))
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    line = frame.f_lineno if frame else None
    where = path_of(place(code, line)) if code else "compiled code"
    return f"task {_alike(task.get_name())!r} runs {name} ({where}){made(task)}"


def _alike(name: str) -> str:
    """Names that differ in their numbers only are one: Thread-7 and Thread-8."""
    return _NUMBERS.sub("N", name)


def descriptor_targets() -> dict[int, str]:
    """Open descriptors and what they lead to; empty where the system does not tell."""
    found: dict[int, str] = {}
    with contextlib.suppress(OSError):
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):  # the listing's own
                found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
    return found


class Openers:
    """Places that open files and sockets, a listener of audit events: {what: {place: times}}.

    what: a file's real path, or "socket".
    """

    def __init__(self) -> None:
        self.places: dict[str, Counter[str]] = {}

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Note who opens what."""
        if event not in ("open", "socket.__new__"):
            return
        what = "socket"
        if event == "open":
            if not isinstance(args[0], (str, bytes, os.PathLike)):
                return
            what = os.path.realpath(os.fsdecode(args[0]))
        if opener := program_place(sys._getframe(2)):
            self.places.setdefault(what, Counter())[opener] += 1

    def of(self, target: str) -> str:
        """ ", opened at" where a descriptor that leads to `target` is opened most often, or ""."""
        places = self.places.get("socket" if target.startswith("socket:") else target)
        return f", opened at {path_of(places.most_common(1)[0][0])}" if places else ""


_IGNORED = (
    *(tracemalloc.Filter(False, f"{room}*") for room in INSTRUMENT),
    *(
        tracemalloc.Filter(False, f"{root}instruments/{file}.py", all_frames=True)
        for root in HARNESS
        for file in ("frames", "leaks/names", "leaks/references", "leaks/forgotten")
    ),
    tracemalloc.Filter(False, tracemalloc.__file__),
)
"""The instrument's own: by its last call, and by any of files that call no program."""


def trace_anew() -> None:
    """Remember allocations with the calls that led to them, and forget the earlier ones.

    What is there at the end of a close look has then been allocated in it: no comparison is
    needed.
    """
    tracemalloc.stop()
    tracemalloc.start(DEEP)


def sites(runs: int, top: int = 5) -> tuple[str, ...]:
    """Where what is allocated now was allocated, by bytes; 8 bytes per run and more."""
    snapshot = tracemalloc.take_snapshot().filter_traces(_IGNORED)
    size: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    for stat in snapshot.statistics("traceback"):
        where = calls(stat.traceback)
        size[where] += stat.size
        blocks[where] += stat.count
    return tuple(
        f"{total / runs:.0f} bytes per run in {blocks[where] / runs:.3g} blocks at {where}"
        for where, total in size.most_common(top)
        if total >= 8 * runs
    )
