"""Whose code a frame is, what it is called, and who hears Python's audit events."""

from __future__ import annotations

import contextlib
import functools
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any


def prefixes(*folders: str) -> tuple[str, ...]:
    """Each as given and with links resolved, with a slash at the end; no duplicates."""
    both = [f"{form}/" for folder in folders for form in (Path(folder), Path(folder).resolve())]
    return tuple(dict.fromkeys(both))


_PATHS = sysconfig.get_paths()
LIBRARY = prefixes(_PATHS["stdlib"], _PATHS["platstdlib"])
PACKAGES = prefixes(_PATHS["purelib"], _PATHS["platlib"])
HARNESS = prefixes(str(Path(__file__).parents[1]))
INSTRUMENT = tuple(
    f"{root}{room}/" for root in HARNESS for room in ("instruments", "measures", "tools")
)


@functools.cache
def of_program(file: str) -> bool:
    """Whether a source file is neither the standard library's nor the instrument's."""
    if file.startswith((*INSTRUMENT, "<frozen")):
        return False
    return not file.startswith(LIBRARY) or file.startswith(PACKAGES)


def place(code: CodeType, line: int | None = None) -> str:
    """file:line of a piece of code."""
    return f"{code.co_filename}:{line or code.co_firstlineno}"


def frame_place(frame: FrameType) -> str:
    """file:line function of a frame."""
    return f"{place(frame.f_code, frame.f_lineno)} {frame.f_code.co_name}"


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame, its caller, and so on."""
    while frame is not None:
        yield frame
        frame = frame.f_back


Listener = Callable[[str, tuple[Any, ...]], None]


class _Audit:
    """The audit hook: one a process, because it cannot be taken away again, only be idle."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._installed = False

    @contextlib.contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Each audit event is told to the listener, whose caller's caller raised it."""
        if not self._installed:
            sys.addaudithook(self)
            self._installed = True
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        for listener in self._listeners:
            try:
                listener(event, args)
            except Exception:  # the audited call would fail with it
                continue


AUDIT = _Audit()
