"""What a heartbeat saw."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.common.numbers import quantity
from harness.common.stats import percentile
from harness.instruments.frames import of_program

MOST = 0.8
"""Of a block, as much must be a callback's own doing: looks are too few to tell all of it."""

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


@dataclass(frozen=True)
class Look:
    """What the watching thread saw at a moment.

    callback: identity of the one that the loop runs, None outside of one; stack: of it. cpu:
    seconds that the loop's thread has computed so far; sleeps: it neither runs nor waits for a
    processor, so it is in a call that waits, or it waits for the GIL.
    """

    at: float
    cpu: float | None
    sleeps: bool = False
    callback: object = None
    stack: Stack = ()


@dataclass
class _Seen:
    """The looks that found the loop in one callback; own: seconds that it accounts for."""

    stacks: Counter[Stack] = field(default_factory=Counter)
    own: float = 0.0


class Looks:
    """What the watching thread saw since the last beat.

    A callback accounts for what the thread did between two looks that found it in the same one:
    it computed, or it slept through. After a pause that the machine made many callbacks are due at
    once, and none is to blame for what all took. Before its first look and after its last one a
    callback answers for no more than `edge` seconds. beat: when the next one is due.
    """

    def __init__(self, beat: Look, edge: float) -> None:
        self.beat, self._last, self._edge = beat, beat, edge
        self._in: dict[object, _Seen] = {}

    def add(self, look: Look) -> None:
        """The next look."""
        if look.stack:
            seen = self._in.setdefault(look.callback, _Seen())
            seen.stacks[look.stack] += 1
            ran, last = _ran(self._last, look), self._last
            if last.callback is not look.callback:
                seen.own += min(self._edge, look.at - last.at if look.sleeps else ran)
            else:  # what waits for the GIL runs as soon as nobody looks
                seen.own += look.at - last.at if look.sleeps and not ran else ran
        self._last = look

    def block(self, beat: Look, at: float, late: float, process_cpu: float) -> Block:
        """The block that ended with a beat that was `late`, `at` seconds from the begin.

        process_cpu: seconds that the whole process computed since the beat before.
        """
        if seen := self._in.get(self._last.callback):
            last = self._last
            seen.own += min(self._edge, beat.at - last.at if last.sleeps else _ran(last, beat))
        worst = max(self._in.values(), key=lambda seen: seen.own, default=_Seen())
        stack = max(worst.stacks, key=worst.stacks.__getitem__, default=())
        cpu = None if beat.cpu is None else _ran(self.beat, beat)
        others = None if cpu is None else max(0.0, process_cpu - cpu)
        return Block(at - late, late, min(late, worst.own), cpu, others, stack)


def _ran(earlier: Look, later: Look) -> float:
    """Seconds that the loop's thread computed between; 0 where it is not known."""
    if earlier.cpu is None or later.cpu is None:
        return 0.0
    return later.cpu - earlier.cpu


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
        to_blame = block.stack and block.own >= MOST * self.least
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
