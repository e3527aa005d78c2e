"""What a model server is told: its script, its faults, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from harness.model_server import faults
from harness.model_server.faults import Faults
from harness.workload import script_json
from harness.workload.script import Script
from harness.workload.script_json import array, integer, members, number, pair


@dataclass(frozen=True)
class Settings:
    """One server.

    slots: model calls it works on at once, or None for any number; a further one waits its turn.
    reject: such a further one is answered with 429 at once instead.
    pauses: (seconds after the first request, seconds) in which the whole server stands still.
    journal: newest entries the journal keeps; its totals count all.
    Raises ValueError, one line, for anything impossible.
    """

    script: Script = field(default_factory=Script)
    faults: Faults = field(default_factory=Faults)
    slots: int | None = None
    reject: bool = False
    pauses: tuple[tuple[float, float], ...] = ()
    journal: int = 100_000

    def __post_init__(self) -> None:
        if self.slots is not None and self.slots < 1:
            raise ValueError(f"slots must be >= 1, not {self.slots}")
        if self.reject and self.slots is None:
            raise ValueError("only a server with slots can reject")
        if not all(0 <= moment < float("inf") for pause in self.pauses for moment in pause):
            raise ValueError("a pause is at a finite moment >= 0, for finite seconds >= 0")
        if any(at + seconds > after for (at, seconds), (after, _) in pairwise(self.pauses)):
            raise ValueError("pauses come in order and do not overlap")
        if self.journal < 0:
            raise ValueError(f"a journal keeps >= 0 entries, not {self.journal}")


def to_json(settings: Settings) -> dict[str, object]:
    """The document of `settings`. ValueError where the script cannot be written."""
    return {
        "script": script_json.to_json(settings.script),
        "faults": faults.to_json(settings.faults),
        "slots": settings.slots,
        "reject": settings.reject,
        "pauses": [list(each) for each in settings.pauses],
        "journal": settings.journal,
    }


def from_json(document: object) -> Settings:
    """The settings of a document; ValueError, one line, if it has none."""
    names = ["script", "faults", "slots", "reject", "pauses", "journal"]
    found = members(document, "a server", names)
    given: dict[str, Any] = {}
    if "script" in found:
        given["script"] = script_json.from_json(found["script"])
    if "faults" in found:
        given["faults"] = faults.from_json(found["faults"])
    if found.get("slots") is not None:
        given["slots"] = integer(found["slots"], "slots")
    if "reject" in found:
        if not isinstance(found["reject"], bool):
            raise ValueError("reject is true or false")
        given["reject"] = found["reject"]
    if "pauses" in found:
        listed = array(found["pauses"], "pauses")
        given["pauses"] = tuple(pair(each, "pauses", number) for each in listed)
    if "journal" in found:
        given["journal"] = integer(found["journal"], "journal")
    return Settings(**given)
