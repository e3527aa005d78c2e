"""What a thread is doing: the frames of its callback, and whether it has the processor."""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from types import FrameType

_LIBRARY = sysconfig.get_path("stdlib") + os.sep
_PACKAGES = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))

_HARNESS = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
_INSTRUMENT = tuple(
    os.path.join(_HARNESS, room, "") for room in ("instruments", "measures", "tools")
)

Stack = tuple[str, ...]
"""Lines "file:line function", the innermost call first."""


def depth(frame: FrameType | None) -> int:
    """How many frames there are from `frame` outwards."""
    count = 0
    while frame is not None:
        count, frame = count + 1, frame.f_back
    return count


def stack(frame: FrameType | None, below: int) -> Stack:
    """The frames above the outermost `below` ones: those of the callback that the loop runs."""
    lines: list[str] = []
    for _ in range(depth(frame) - below):
        assert frame is not None
        if not frame.f_code.co_filename.startswith(_INSTRUMENT):
            lines.append(describe(frame))
        frame = frame.f_back
    return tuple(lines)


def describe(frame: FrameType) -> str:
    """file:line function."""
    return f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"


def of_program(line: str) -> bool:
    """Whether a frame, or its line, is of the program and not of the standard library."""
    return line.startswith(_PACKAGES) or not line.startswith((_LIBRARY, "<frozen"))


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
        self._clock = time.pthread_getcpuclockid(ident) if sys.platform != "win32" else None

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
