"""Who opens descriptors, by audit events, which Python raises at every open and socket."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

from harness.instruments.frames import frame_place, of_program, outwards


class Openers:
    """Places that open files and sockets, a listener of audit events: {what: {place: times}}.

    what: a file's real path, or "socket".
    """

    def __init__(self) -> None:
        self.places: dict[str, Counter[str]] = {}

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Note who opens what."""
        if event not in ("open", "socket.__new__"):
            return
        what = "socket"
        if event == "open":
            if not isinstance(args[0], (str, bytes, os.PathLike)):
                return
            what = os.path.realpath(os.fsdecode(args[0]))
        program = (f for f in outwards(sys._getframe(2)) if of_program(f.f_code.co_filename))
        if frame := next(program, None):
            self.places.setdefault(what, Counter())[frame_place(frame)] += 1

    def of(self, target: str) -> str:
        """Where a descriptor that leads to `target` is opened most often, or ""."""
        kind = "socket" if target.startswith("socket:") else target
        if not (places := self.places.get(kind)):
            return ""
        return f", opened at {places.most_common(1)[0][0]}"
