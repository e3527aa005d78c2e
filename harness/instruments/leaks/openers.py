"""Who opens descriptors, by audit events, which Python raises at every open and socket."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

from harness.instruments.leaks.names import caller, frame_place


class Openers:
    """Places that open files and sockets, while it is active: {what: {place: times}}.

    what: a file's real path, or "socket".
    """

    def __init__(self) -> None:
        self.active = False
        self.places: dict[str, Counter[str]] = {}

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook. It must never raise: the program would see it."""
        if not self.active or event not in ("open", "socket.__new__"):
            return
        try:
            what = "socket"
            if event == "open":
                if not isinstance(args[0], (str, bytes, os.PathLike)):
                    return
                what = os.path.realpath(os.fsdecode(args[0]))
            if frame := caller(sys._getframe(1)):
                self.places.setdefault(what, Counter())[frame_place(frame)] += 1
        except Exception:
            return

    def of(self, target: str) -> str:
        """Where a descriptor that leads to `target` is opened most often, or ""."""
        kind = "socket" if target.startswith("socket:") else target
        if not (places := self.places.get(kind)):
            return ""
        return f", opened at {places.most_common(1)[0][0]}"


OPENERS = Openers()
"""One a process: an audit hook cannot be taken away again, only be idle."""

_installed = False


def install() -> Openers:
    """The hook, in place and idle."""
    global _installed
    if not _installed:
        sys.addaudithook(OPENERS)
        _installed = True
    return OPENERS
