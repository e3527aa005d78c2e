"""Calls that block, made on an event loop's own thread; found without any clock.

Python raises an audit event when it resolves a name, connects, starts a process or opens a file,
and from 3.13 on when it sleeps; before, `time.sleep` is replaced meanwhile by one that does so,
also where it was imported by name. Such an event, raised by the thread of a loop while it runs,
is a call that makes all other tasks wait, however short it was this time. What Python does not
audit (a lock, a read from a socket, arithmetic) is not seen: Heartbeat finds that, if it takes
long enough.
"""

import asyncio
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from harness.instruments.frames import audited, program_place

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
"""Opened on a local disk a file is quick: reported, but not held against anybody."""

NOT_BLOCKING = (asyncio.__path__[0], "<frozen importlib")
"""Files of asyncio itself, and of imports."""


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

    _entered = 0

    def __init__(self) -> None:
        self.calls: Counter[Call] = Counter()
        self._thread = 0
        self._hearing = audited(self._note)

    def __enter__(self) -> Self:
        self._thread = threading.get_ident()
        if not BlockingCalls._entered:
            _swap(_sleep, _audited_sleep)
        BlockingCalls._entered += 1
        self._hearing.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hearing.__exit__(None, None, None)
        BlockingCalls._entered -= 1
        if not BlockingCalls._entered:
            _swap(_audited_sleep, _sleep)

    def waits(self) -> Counter[Call]:
        """Those that wait for something."""
        return Counter({call: count for call, count in self.calls.items() if call.waits})

    def _note(self, event: str, args: tuple[Any, ...]) -> None:
        if threading.get_ident() != self._thread or asyncio._get_running_loop() is None:
            return
        if _blocks(event, args) and (place := program_place(sys._getframe(2), NOT_BLOCKING)):
            self.calls[Call(event, place, event in WAITS)] += 1


def _blocks(event: str, args: tuple[Any, ...]) -> bool:
    """Whether it is a call that blocks."""
    if event == "time.sleep":
        return bool(args[0] > 0)
    if event == "socket.connect":
        return bool(args[0].gettimeout() != 0.0)
    return event in WAITS or event in FILES


_sleep = time.sleep


def _audited_sleep(seconds: float, /) -> None:
    """time.sleep as Python 3.13 has it."""
    sys.audit("time.sleep", seconds)
    _sleep(seconds)


def _swap(old: object, new: object) -> None:
    """Replace a function in all modules that know it under a name, where Python audits no sleep."""
    if sys.version_info >= (3, 13):
        return
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        if names is not globals():
            for name in [name for name, value in list(names.items()) if value is old]:
                names[name] = new
