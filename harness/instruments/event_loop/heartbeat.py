"""A periodic callback on the event loop, and a thread that looks when it does not come.

The thread reads the stack of the loop's thread while it is blocked, so a block is reported with the
code that made it. A busy machine makes beats late, too: what tells them apart is where the
thread is (in a callback, or waiting for events) and whether it sleeps or computes, or only
waits for a processor.
"""

import asyncio
import sys
import threading
import time
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Self

from harness.instruments.event_loop.health import Health, Look, Looks, Stack
from harness.instruments.frames import INSTRUMENT, frame_place, outwards

LOOKS = 8
"""Looks of the watching thread within one threshold."""


class Heartbeat:
    """Beats on the running loop, any loop, from entering to leaving; then `health` is there.

        async with Heartbeat() as heartbeat:
            await work()
        print(heartbeat.health.text())

    interval: seconds between beats; threshold: seconds without a turn of the loop that are a block.
    Raises ValueError unless 0 < interval <= threshold.
    """

    def __init__(self, interval: float = 0.005, threshold: float = 0.05) -> None:
        if not 0 < interval <= threshold < float("inf"):
            raise ValueError(f"0 < interval <= threshold must hold, not {interval}, {threshold}")
        self.health = Health(interval, threshold)
        self._lateness = array("d")
        self._pause = threshold / LOOKS
        self._stop = threading.Event()
        self._below = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._native_thread = threading.get_native_id()
        self._begin = self._due = time.monotonic()
        self._looks = Looks(self._look(), 2 * self._pause)
        self._process_cpu = time.process_time()
        self._timer = self._loop.call_soon(self._beat)
        await asyncio.sleep(0)  # the first beat
        self._watcher = threading.Thread(target=self._watch, name="heartbeat watch", daemon=True)
        self._watcher.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._beat()  # a block that has just ended counts
        self._timer.cancel()
        self._stop.set()
        # A timeout: a thread that holds Python's lock must not hold the loop for ever.
        self._watcher.join(5.0)
        self.health.seconds = time.monotonic() - self._begin
        self.health.lateness = self._lateness

    def _beat(self) -> None:
        now = time.monotonic()
        late = now - self._due
        # Frames below a callback are the loop's own. Deeper ones are a callback's; what waits
        # for events is no deeper than the frame that calls a callback.
        self._below = self._below or sum(1 for _ in outwards(sys._getframe(1)))
        beat, process_cpu = self._look(), time.process_time()
        looks = self._looks
        if late >= self.health.least:
            at, used = now - self._begin, process_cpu - self._process_cpu
            self.health.note(looks.block(beat, at, late, used))
        self._process_cpu = process_cpu
        due = self._due
        while due <= now:  # also the beats that could not come, each with its own lateness
            self._lateness.append(now - due)
            due += self.health.interval
        self._due, self._looks = due, Looks(replace(beat, at=due), 2 * self._pause)
        self._timer = self._loop.call_later(max(0.0, due - time.monotonic()), self._beat)

    def _watch(self) -> None:
        """Look at the loop's thread whenever a beat is overdue."""
        while not self._stop.wait(self._pause):
            due, looks = self._due, self._looks
            if time.monotonic() - due < self._pause:
                continue
            sleeps = _sleeps(self._native_thread)
            frames = self._callback()
            if due == self._due:  # else the beat has come meanwhile
                looks.add(self._look(sleeps, frames))

    def _look(self, sleeps: bool = False, frames: Sequence[FrameType] = ()) -> Look:
        callback = frames[-1] if frames else None
        now, cpu = time.monotonic(), _cpu(self._thread)
        return Look(now, cpu, sleeps, callback, _places(frames))

    def _callback(self) -> list[FrameType]:
        """The frames of the callback that the loop runs, the innermost first."""
        frames = list(outwards(sys._current_frames().get(self._thread)))
        return frames[: max(0, len(frames) - self._below)]


def _places(frames: Sequence[FrameType]) -> Stack:
    """Those that are not the instrument's own."""
    seen = (frame for frame in frames if not frame.f_code.co_filename.startswith(INSTRUMENT))
    return tuple(map(frame_place, seen))


def _cpu(thread: int) -> float | None:
    """CPU seconds that a thread has used; None where the system does not tell."""
    clock = getattr(time, "pthread_getcpuclockid", None)  # not on macOS
    return time.clock_gettime(clock(thread)) if clock else None


def _sleeps(native_thread: int) -> bool:
    """Whether a thread sleeps, so that a free processor would not help.

    One that computes, or that could if it were given a processor, does not sleep. Where it is not
    known, a callback that is seen is believed to.
    """
    if sys.platform != "linux":
        return True
    stat = Path(f"/proc/self/task/{native_thread}/stat").read_bytes()
    return stat.rpartition(b") ")[2][:1] != b"R"
