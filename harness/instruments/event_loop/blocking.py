"""Calls that block, made on an event loop's own thread; found without any clock.

Python raises an audit event when it resolves a name, connects, starts a process or opens a file,
and from 3.13 on when it sleeps; before, `time.sleep` is replaced meanwhile by one that does so,
also where it was imported by name. Such an event, raised by the thread of a loop while it runs,
is a call that makes all other tasks wait, however short it was this time. What Python does not
audit (a lock, a read from a socket, arithmetic) is not seen: Heartbeat finds that, if it takes
long enough.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import FrameType
from typing import Any

from harness.instruments.event_loop.frames import describe, of_program

WAITS = frozenset(
    {
        "time.sleep",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "subprocess.Popen",
        "os.system",
        "builtins.input",
    }
)
FILES = frozenset({"open"})
"""Opened on a local disk a file is quick: told, but not held against anybody."""


@dataclass(frozen=True)
class Call:
    """An audit event, and the innermost frame of the program that led to it."""

    event: str
    place: str
    waits: bool


class BlockingCalls:
    """Counts, while entered, blocking calls on the thread it was entered on: {Call: times}.

    Only while a loop runs there; asyncio's own calls are not counted, since they do not block.
    """

    def __init__(self) -> None:
        self.calls: Counter[Call] = Counter()
        self._thread = 0

    def __enter__(self) -> BlockingCalls:
        self._thread = threading.get_ident()
        _HOOK.install()
        if sys.version_info < (3, 13) and not _HOOK.active:
            _swap(_sleep, _audited_sleep)
        _HOOK.active.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _HOOK.active.remove(self)
        if sys.version_info < (3, 13) and not _HOOK.active:
            _swap(_audited_sleep, _sleep)

    def waits(self) -> Counter[Call]:
        """Those that wait for something."""
        return Counter({call: count for call, count in self.calls.items() if call.waits})

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An event of the hook."""
        if threading.get_ident() != self._thread or asyncio._get_running_loop() is None:
            return
        if not _blocks(event, args):
            return
        place = _place(sys._getframe(2))
        if place:
            self.calls[Call(event, place, event in WAITS)] += 1


def _blocks(event: str, args: tuple[Any, ...]) -> bool:
    """Whether these arguments make the call one that blocks."""
    if event == "time.sleep":
        return bool(args[0] > 0)
    if event == "socket.connect":
        return bool(args[0].gettimeout() != 0.0)
    return True


_ASYNCIO = asyncio.__path__[0]
_IMPORT = "<frozen importlib"


def _place(frame: FrameType | None) -> str:
    """The innermost frame of the program; "" if asyncio itself or an import made the call."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith((_ASYNCIO, _IMPORT)):
            return ""
        if file != __file__ and of_program(file):
            return describe(frame)
        frame = frame.f_back
    return ""


_sleep = time.sleep


def _audited_sleep(seconds: float, /) -> None:
    """time.sleep as Python 3.13 has it."""
    sys.audit("time.sleep", seconds)
    _sleep(seconds)


def _swap(old: object, new: object) -> None:
    """Replace a function in all modules that know it under a name."""
    modules = {id(vars(module)) for module in list(sys.modules.values()) if module is not None}
    for names in gc.get_referrers(old):
        if isinstance(names, dict) and id(names) in modules and names is not globals():
            for name in [name for name, value in names.items() if value is old]:
                names[name] = new


class _Hook:
    """The audit hook: one a process, because it cannot be taken away again."""

    def __init__(self) -> None:
        self.active: list[BlockingCalls] = []
        self._installed = False

    def install(self) -> None:
        """Once."""
        if not self._installed:
            sys.addaudithook(self)
            self._installed = True

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.active or (event not in WAITS and event not in FILES):
            return
        for one in self.active:
            try:
                one.note(event, args)
            except Exception:  # the audited call would fail with it
                continue


_HOOK = _Hook()
