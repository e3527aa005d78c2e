"""What a model server is given: its script, its faults, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.model_server.faults import Faults
from harness.workload.script import Constant, Script

if TYPE_CHECKING:
    from harness.model_server.recorded import Calls


@dataclass(frozen=True)
class Settings:
    """One server.

    slots: model calls it works on at once, or None for any number; a further one waits its turn.
    reject: such a further one is answered with 429 at once instead.
    pauses: (seconds after the first request, seconds) in which the whole server stands still.
    recorded: calls whose latencies are replayed in the place of the script's; seed: their order.
    Raises ValueError, one line, for anything impossible.
    """

    script: Script = field(default_factory=Script)
    faults: Faults = field(default_factory=Faults)
    slots: int | None = None
    reject: bool = False
    pauses: tuple[tuple[float, float], ...] = ()
    recorded: Calls | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.recorded and (self.script.latency != Constant() or self.script.gap):
            raise ValueError("recorded latencies leave none to the script")
        if self.slots is not None and self.slots < 1:
            raise ValueError(f"slots must be >= 1, not {self.slots}")
        if self.reject and self.slots is None:
            raise ValueError("only a server with slots can reject")
        if not all(0 <= moment < float("inf") for pause in self.pauses for moment in pause):
            raise ValueError("a pause is at a finite moment >= 0, for finite seconds >= 0")
        if any(at + seconds > after for (at, seconds), (after, _) in pairwise(self.pauses)):
            raise ValueError("pauses come in order and do not overlap")
