"""A fixed loop beside what is measured: how long a process waits for a CPU, and how fast that is.

Two threads do the same work at once, since no cell keeps more cores busy, in C that needs no
interpreter. Wall time that is no CPU time was waited: for other processes, for the host of a
virtual machine, for the limit of a container. Nothing else of ours wants a CPU meanwhile.
"""

import _thread
import contextlib
import json
import os
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.common import asked

FILE = "steady.jsonl"  # in the folder of an asv run, a line for each reading
LANES = 2
WORK = (3**200_000).to_bytes(40_000, "little").translate(bytes(i & 7 for i in range(256)))
"""Noise of eight different bytes, which takes some 3 ms to compress."""
INTERVAL = 0.25  # seconds between two readings of a process: they cost 3 % of its time

_next = 0.0


@dataclass(frozen=True)
class Reading:
    """waited: the share of the wall time that a thread waited; seconds: CPU time of the work."""

    waited: float
    seconds: float


def cores() -> int:
    """Cores that this process may use."""
    return len(_allowed()) or os.cpu_count() or 1


def _allowed() -> set[int]:
    if sys.platform == "linux":
        return os.sched_getaffinity(0)
    return set()


def reading() -> Reading:
    """The fixed work, done once on each lane, after as much to get it under way.

    Linux may leave two threads on one of two idle cores for that long, so each is given its own.
    """
    allowed, lanes = _allowed(), min(LANES, cores())
    own = [{core} for core in allowed] if len(allowed) == lanes else [allowed] * lanes
    times: list[tuple[float, float]] = []
    ended = _thread.allocate_lock()
    ended.acquire()

    def lane(index: int) -> None:
        if sys.platform == "linux":
            os.sched_setaffinity(0, own[index])  # of this thread
        zlib.compress(WORK)
        begin, cpu = time.perf_counter(), time.thread_time()
        zlib.compress(WORK)
        times.append((time.perf_counter() - begin, time.thread_time() - cpu))
        if len(times) == lanes:
            ended.release()

    for index in range(1, lanes):
        _thread.start_new_thread(lane, (index,))  # what is measured sees none of threading's
    lane(0)
    if sys.platform == "linux":
        os.sched_setaffinity(0, allowed)
    ended.acquire()
    wall, cpu = (sum(each) for each in zip(*times, strict=True))
    return Reading(1 - min(1.0, cpu / wall), cpu / lanes)


def look() -> None:
    """Keep a reading, if this is an asv run that times something, and the last one is INTERVAL
    ago."""
    global _next
    place = asked.folder()
    if place is None or asked.counts_only() or time.monotonic() < _next:
        return
    found = reading()
    with open(place / FILE, "a", encoding="utf-8") as file:
        # A line that a kill has cut short ends where the next one begins.
        file.write("\n" + json.dumps([found.waited, found.seconds]))
    _next = time.monotonic() + INTERVAL


def kept(place: Path) -> Iterator[Reading]:
    """The readings in the folder of an asv run."""
    path = place / FILE
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError, TypeError, OverflowError, RecursionError):
            yield Reading(*map(float, json.loads(line)))
