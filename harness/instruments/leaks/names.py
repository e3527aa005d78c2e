"""Names for what was found: types, places in the source, threads, tasks, descriptors."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
import tracemalloc
from collections import Counter
from types import FrameType
from typing import Any

from harness.instruments.frames import INSTRUMENT, frame_place, of_program, outwards, place

_NUMBERS = re.compile(r"\d+")


def type_name(cls: type) -> str:
    """Its name with its module, without the builtins'."""
    module = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return f"{module}{cls.__qualname__}"


def calls(traceback: tracemalloc.Traceback, most: int = 3) -> str:
    """The calls of the program that led to an allocation, the innermost first."""
    lines = [f"{f.filename}:{f.lineno}" for f in traceback if of_program(f.filename)]
    return " < ".join(lines[::-1][:most]) or f"{traceback[-1].filename}:{traceback[-1].lineno}"


def made(thing: object) -> str:
    """ ", made at file:line" where tracemalloc knows who allocated an object, else ""."""
    traceback = tracemalloc.get_object_traceback(thing)
    return f", made at {calls(traceback, 1)}" if traceback else ""


def thread_names(before: frozenset[int | None]) -> Counter[str]:
    """Living threads that were not there `before`: name, what they run, where they are."""
    frames = sys._current_frames()
    found: Counter[str] = Counter()
    for thread in threading.enumerate():
        if thread.ident not in before:
            frame = frames.get(thread.ident or 0)
            now = f", now at {frame_place(_outside(frame))}" if frame else ""
            runs = f"thread {_alike(thread.name)!r} runs {_target(thread)}"
            found[f"{runs}{_started(thread)}{now}"] += 1
    return found


def thread_ids() -> frozenset[int | None]:
    """The threads there are."""
    return frozenset(thread.ident for thread in threading.enumerate())


def _target(thread: threading.Thread) -> str:
    target: Any = getattr(thread, "_target", None) or type(thread).run
    name = getattr(target, "__qualname__", repr(target))
    code = getattr(target, "__code__", None)
    return f"{name} ({place(code)})" if code else str(name)


def _started(thread: threading.Thread) -> str:
    # Not of the thread itself: Python 3.11 finds no trace of an object with a dict of its own.
    condition = getattr(getattr(thread, "_started", None), "_cond", None)
    return made(getattr(condition, "_lock", None))


def _outside(frame: FrameType) -> FrameType:
    """The innermost frame that is not in the threading module."""
    return next(
        (each for each in outwards(frame) if each.f_code.co_filename != threading.__file__), frame
    )


def task_name(task: asyncio.Task[Any]) -> str:
    """A task: its name, its coroutine, and where that stands."""
    coroutine: Any = task.get_coro()
    code = getattr(coroutine, "cr_code", getattr(coroutine, "gi_code", None))
    frame = getattr(coroutine, "cr_frame", getattr(coroutine, "gi_frame", None))
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    where = place(code, frame.f_lineno if frame else None) if code else "compiled code"
    return f"task {_alike(task.get_name())!r} runs {name} ({where}){made(task)}"


def _alike(name: str) -> str:
    """Names that differ in their numbers only are one: Thread-7 and Thread-8."""
    return _NUMBERS.sub("N", name)


def descriptor_targets() -> dict[int, str]:
    """Open descriptors and what they lead to; empty where the system does not tell."""
    found: dict[int, str] = {}
    try:
        numbers = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for number in map(int, numbers):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:  # the listing's own
            continue
    return found


_IGNORED = (
    *(tracemalloc.Filter(False, f"{room}*") for room in INSTRUMENT),
    tracemalloc.Filter(False, tracemalloc.__file__),
)


def sites(runs: int, top: int = 5) -> tuple[str, ...]:
    """Where what is allocated now was allocated, by bytes; 8 bytes a run and more."""
    snapshot = tracemalloc.take_snapshot().filter_traces(_IGNORED)
    size: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    for stat in snapshot.statistics("traceback"):
        where = calls(stat.traceback)
        size[where] += stat.size
        blocks[where] += stat.count
    return tuple(
        f"{total / runs:.0f} bytes a run in {blocks[where] / runs:.3g} blocks at {where}"
        for where, total in size.most_common(top)
        if total >= 8 * runs
    )
