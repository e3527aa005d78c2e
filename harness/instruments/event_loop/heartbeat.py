"""A periodic callback on the event loop, and a thread that looks when it does not come.

The thread reads the stack of the loop's thread while it is blocked, so a block is told with the
code that made it. A busy machine makes beats late, too: what tells them apart is where the
thread is (in a callback, or waiting for events) and whether it sleeps or computes, or only
waits for a processor.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field

from harness.instruments.event_loop.health import Block, Health
from harness.instruments.event_loop.thread import Stack, Thread, depth, stack

LOOKS = 8
"""Looks of the watching thread within one threshold."""


@dataclass
class _Looks:
    """What the watching thread saw since the last beat."""

    stacks: Counter[Stack] = field(default_factory=Counter)
    asleep: int = 0
    all: int = 0


class Heartbeat:
    """Beats on the running loop, any loop, from entering to leaving; then `health` is there.

    interval: seconds between beats; threshold: lateness in seconds from which it is a block.
    Raises ValueError unless 0 < interval <= threshold.
    """

    def __init__(self, interval: float = 0.005, threshold: float = 0.05) -> None:
        if not 0 < interval <= threshold < float("inf"):
            raise ValueError(f"0 < interval <= threshold must hold, not {interval}, {threshold}")
        self.health = Health(interval, threshold)
        self._interval, self._threshold = interval, threshold
        self._lateness = array("d")
        self._looks = _Looks()
        self._stop = threading.Event()
        self._begin = self._due = 0.0
        self._below = 0

    async def __aenter__(self) -> Heartbeat:
        self._loop = asyncio.get_running_loop()
        self._thread = Thread(threading.get_ident(), threading.get_native_id())
        self._begin = time.monotonic()
        self._due = self._begin
        self._cpu, self._process_cpu = self._thread.cpu(), time.process_time()
        started = self._loop.create_future()
        self._timer = self._loop.call_soon(self._start, started)
        await started
        self._watcher = threading.Thread(target=self._watch, name="heartbeat watch", daemon=True)
        self._watcher.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._beat()  # a block that has just ended counts
        self._timer.cancel()
        self._stop.set()
        # A timeout: a thread that holds Python's lock must not hold the loop for ever.
        self._watcher.join(5.0)
        self._thread.close()
        self.health.seconds = time.monotonic() - self._begin
        self.health.lateness = self._lateness

    def _start(self, started: asyncio.Future[None]) -> None:
        # Frames below a callback are the loop's own. Deeper ones are a callback's; what waits
        # for events is no deeper than the frame that calls a callback.
        self._below = depth(sys._getframe(1))
        started.set_result(None)
        self._beat()

    def _beat(self) -> None:
        now = time.monotonic()
        late = now - self._due
        cpu, process_cpu = self._thread.cpu(), time.process_time()
        looks, self._looks = self._looks, _Looks()
        if late >= self._threshold:
            self._note(now, late, looks, cpu, process_cpu)
        self._cpu, self._process_cpu = cpu, process_cpu
        due = self._due
        while due <= now:  # also the beats that could not come, each with its own lateness
            self._lateness.append(now - due)
            due += self._interval
        self._due = due
        self._timer = self._loop.call_later(max(0.0, due - time.monotonic()), self._beat)

    def _note(
        self, now: float, late: float, looks: _Looks, cpu: float | None, process_cpu: float
    ) -> None:
        seen: Stack = looks.stacks.most_common(1)[0][0] if looks.stacks else ()
        used = cpu - self._cpu if cpu is not None and self._cpu is not None else None
        others = None if used is None else max(0.0, process_cpu - self._process_cpu - used)
        asleep = late * looks.asleep / looks.all if looks.all else 0.0
        own = min(late, (used or 0.0) + asleep)
        block = Block(now - self._begin - late, late, own, used, others, seen)
        to_blame = seen and own >= self._threshold
        (self.health.blocks if to_blame else self.health.starved).append(block)

    def _watch(self) -> None:
        """Look at the loop's thread whenever a beat is overdue."""
        pause = self._threshold / LOOKS
        while not self._stop.wait(pause):
            due, looks = self._due, self._looks
            if time.monotonic() - due < pause:
                continue
            waits = self._thread.waits()
            seen = stack(self._thread.frame(), self._below)
            if due != self._due:
                continue  # the beat has come meanwhile
            looks.all += 1
            if seen:
                looks.stacks[seen] += 1
                # Where it is not known whether it sleeps, a callback that is seen is believed.
                looks.asleep += waits is not False
