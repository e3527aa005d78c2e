"""What a heartbeat saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.common.numbers import quantity
from harness.common.stats import percentile
from harness.instruments.event_loop.thread import Stack, culprit


def _time(seconds: float) -> str:
    return quantity(seconds, "seconds")


@dataclass(frozen=True)
class Block:
    """A time during which the loop did not turn.

    at: seconds from the begin; seconds: how late the beat came. cpu: seconds that the loop's
    thread computed meanwhile (None: not known); others: that the process's other threads did.
    own: seconds that the callback itself accounts for: computing, or asleep in a call. stack: of
    the callback, as most looks during the block saw it; empty if it was never seen in one.
    """

    at: float
    seconds: float
    own: float
    cpu: float | None
    others: float | None
    stack: Stack

    @property
    def culprit(self) -> str:
        """The innermost frame that is not the standard library's, "file:line function"."""
        return culprit(self.stack)

    def text(self) -> str:
        """A line, and the stack."""
        how = f"{_time(self.own)} at {_time(self.at)}"
        if self.cpu is not None:
            how += f", {_time(self.cpu)} of them computing"
        if self.seconds > 1.5 * self.own:
            how += f"; the machine made {_time(self.seconds)} of it"
        if self.others is not None and self.others > self.seconds / 2:
            how += f"; other threads computed {_time(self.others)}, perhaps with the GIL"
        head = f"{how}: {self.culprit}"
        return "\n".join([head, *(f"    {line}" for line in self.stack)])


@dataclass
class Health:
    """Lateness of a periodic callback, seconds; and where it was late by `threshold` or more.

    lateness: one value for each beat that was due, also for those due during a block. blocks: a
    callback of the loop was to blame. starved: the machine was, or nobody could be named: the
    thread did not get a processor, or no look found it in a callback.
    """

    interval: float
    threshold: float
    seconds: float = 0.0
    lateness: Sequence[float] = ()
    blocks: list[Block] = field(default_factory=list)
    starved: list[Block] = field(default_factory=list)

    def late(self, percent: float) -> float:
        """A percentile of lateness, seconds; NaN without a beat."""
        return percentile(self.lateness, percent) if self.lateness else float("nan")

    @property
    def longest(self) -> Block | None:
        """The longest block that a callback is to blame for."""
        return max(self.blocks, key=lambda block: block.own, default=None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: percentiles instead of every beat."""
        late = {f"p{percent}": self.late(percent) for percent in (50, 99)} | {"max": self.late(100)}
        return {
            "interval": self.interval,
            "threshold": self.threshold,
            "seconds": self.seconds,
            "beats": len(self.lateness),
            "lateness": late if self.lateness else None,
            "blocks": [self._told(block) for block in self.blocks],
            "starved": [self._told(block) for block in self.starved],
        }

    @staticmethod
    def _told(block: Block) -> dict[str, Any]:
        return dataclasses.asdict(block) | {"culprit": block.culprit}

    def text(self) -> str:
        """Lateness, then each block with its stack, the longest first."""
        late = ", ".join(
            f"{name} {_time(self.late(percent))}"
            for name, percent in (("p50", 50), ("p99", 99), ("max", 100))
        )
        lines = [f"lateness of {len(self.lateness)} beats: {late}"]
        lines.append(f"{len(self.blocks)} blocks of {_time(self.threshold)} or more")
        for block in sorted(self.blocks, key=lambda block: -block.own):
            lines.append(f"  {block.text()}")
        if self.starved:
            worst = max(block.seconds for block in self.starved)
            lines.append(
                f"late {len(self.starved)} times without a callback to blame (the machine was"
                f" busy), {_time(worst)} at most"
            )
        return "\n".join(lines)
