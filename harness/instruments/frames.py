"""Whose code a frame is, what it is called, and who hears Python's audit events."""

import contextlib
import functools
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any


def _prefixes(*folders: str) -> tuple[str, ...]:
    """Each as given and with links resolved, with a slash at the end."""
    return tuple(f"{form}/" for folder in folders for form in {folder, os.path.realpath(folder)})


_PATHS = sysconfig.get_paths()
LIBRARY = _prefixes(_PATHS["stdlib"], _PATHS["platstdlib"])
PACKAGES = _prefixes(_PATHS["purelib"], _PATHS["platlib"])
HARNESS = _prefixes(os.path.dirname(os.path.dirname(__file__)))
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


def program_place(frame: FrameType | None, unless: tuple[str, ...] = ()) -> str:
    """file:line function of the program's innermost frame; "" if there is none.

    unless: beginnings of files; also "" if a frame of one of them comes first.
    """
    for each in outwards(frame):
        file = each.f_code.co_filename
        if file.startswith(unless):
            return ""
        if of_program(file):
            return frame_place(each)
    return ""


Listener = Callable[[str, tuple[Any, ...]], None]


_listeners: list[Listener] = []


@contextlib.contextmanager
def audited(listener: Listener) -> Iterator[None]:
    """Each audit event goes to the listener, whose caller's caller raised it."""
    _install()
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@functools.cache
def _install() -> None:
    """One hook per process, because it cannot be taken away again, only be idle."""
    sys.addaudithook(_tell)


def _tell(event: str, args: tuple[Any, ...]) -> None:
    for listener in _listeners:
        with contextlib.suppress(Exception):  # the audited call would fail with it
            listener(event, args)
