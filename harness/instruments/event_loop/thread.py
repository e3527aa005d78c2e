"""What a thread is doing: the frames of its callback, and whether it has the processor."""

from __future__ import annotations

import os
import sys
import time
from types import FrameType

from harness.instruments.frames import INSTRUMENT, frame_place, of_program, outwards

Stack = tuple[str, ...]
"""Lines "file:line function", the innermost call first."""


def depth(frame: FrameType | None) -> int:
    """How many frames there are from `frame` outwards."""
    return sum(1 for _ in outwards(frame))


def stack(frame: FrameType | None, below: int) -> Stack:
    """The frames above the outermost `below` ones: those of the callback that the loop runs."""
    frames = list(outwards(frame))
    above = frames[: max(0, len(frames) - below)]
    return tuple(frame_place(f) for f in above if not f.f_code.co_filename.startswith(INSTRUMENT))


def culprit(lines: Stack) -> str:
    """The innermost call that is not the standard library's: whom to tell."""
    return next(filter(of_program, lines), lines[0] if lines else "")


class Thread:
    """One thread of this process, asked from another."""

    def __init__(self, ident: int, native_id: int) -> None:
        self.ident = ident
        self._state: int | None = None
        if sys.platform == "linux":
            path = f"/proc/self/task/{native_id}/stat"
            self._state = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        clock = getattr(time, "pthread_getcpuclockid", None)  # not on macOS
        self._clock: int | None = clock(ident) if clock else None

    def frame(self) -> FrameType | None:
        """Its innermost frame."""
        return sys._current_frames().get(self.ident)

    def cpu(self) -> float | None:
        """CPU seconds it has used; None where the system does not tell."""
        return None if self._clock is None else time.clock_gettime(self._clock)

    def waits(self) -> bool | None:
        """Whether it sleeps, so that a free processor would not help; None: not known.

        A thread that computes, or that could if it were given a processor, does not sleep.
        """
        if self._state is None:
            return None
        text = os.pread(self._state, 512, 0)
        return text[text.rindex(b")") + 2 : text.rindex(b")") + 3] != b"R"

    def close(self) -> None:
        """Let go of what was kept open."""
        if self._state is not None:
            os.close(self._state)
