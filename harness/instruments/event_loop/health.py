"""What a heartbeat saw."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.common.numbers import quantity
from harness.common.stats import percentile
from harness.instruments.frames import of_program

Stack = tuple[str, ...]
"""Lines "file:line function", the innermost call first."""


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
        """Whom to tell: the innermost call that is not the standard library's, or ""."""
        return next(filter(of_program, self.stack), next(iter(self.stack), ""))

    def text(self) -> str:
        """A line, and the stack."""
        how = f"{_time(self.own)} at {_time(self.at)}"
        if self.cpu is not None:
            how += f", {_time(self.cpu)} of them computing"
        if self.seconds > 1.5 * self.own:
            how += f"; the machine made {_time(self.seconds)} of it"
        if self.others is not None and self.others > self.seconds / 2:
            how += f"; other threads computed {_time(self.others)}, perhaps with the GIL"
        return "\n    ".join([f"{how}: {self.culprit}", *self.stack])


@dataclass
class _Seen:
    """The looks that found the loop in one callback."""

    stacks: Counter[Stack] = field(default_factory=Counter)
    asleep: int = 0

    @property
    def looks(self) -> int:
        return self.stacks.total()


class Looks:
    """What the watching thread saw since the last beat."""

    def __init__(self) -> None:
        self._in: dict[object, _Seen] = {}
        self._all = 0

    def add(self, callback: object, stack: Stack, asleep: bool) -> None:
        """A look; stack: of the callback, empty outside of one; asleep: within it.

        callback: what tells one from another. After a pause that the machine made many are due at
        once, and none of them is to blame for the time that all took.
        """
        self._all += 1
        if stack:
            seen = self._in.setdefault(callback, _Seen())
            seen.stacks[stack] += 1
            seen.asleep += asleep

    def block(self, at: float, late: float, cpu: float | None, process_cpu: float) -> Block:
        """The block that ended `at` with a late beat; CPU seconds used meanwhile."""
        others = None if cpu is None else max(0.0, process_cpu - cpu)
        if not self._in:
            return Block(at - late, late, min(late, cpu or 0.0), cpu, others, ())
        looks = sum(seen.looks for seen in self._in.values())
        worst = max(self._in.values(), key=lambda seen: seen.looks)
        asleep = late * worst.asleep / self._all
        own = min(late, (cpu or 0.0) * worst.looks / looks + asleep)
        return Block(at - late, late, own, cpu, others, worst.stacks.most_common(1)[0][0])


@dataclass
class Health:
    """Lateness of a periodic callback, seconds; and blocks of `threshold` or more.

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

    @property
    def least(self) -> float:
        """Lateness from which a beat tells of a block: that may have begun when none was due."""
        return self.threshold - self.interval

    def note(self, block: Block) -> None:
        """Blame the callback, or nobody."""
        to_blame = block.stack and block.own >= self.least
        (self.blocks if to_blame else self.starved).append(block)

    def late(self, percent: float) -> float:
        """A percentile of lateness, seconds; NaN without a beat."""
        return percentile(self.lateness, percent) if self.lateness else float("nan")

    def _late(self) -> dict[str, float]:
        return {"p50": self.late(50), "p99": self.late(99), "max": self.late(100)}

    def as_dict(self) -> dict[str, Any]:
        """For JSON: percentiles instead of every beat."""
        found = dataclasses.asdict(self)
        for kind in ("blocks", "starved"):
            for row, block in zip(found[kind], getattr(self, kind), strict=True):
                row["culprit"] = block.culprit
        late = self._late() if self.lateness else None
        return found | {"beats": len(self.lateness), "lateness": late}

    def text(self) -> str:
        """Lateness, then each block with its stack, the longest first."""
        late = ", ".join(f"{name} {_time(value)}" for name, value in self._late().items())
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
