"""What load is to be made: when requests are meant to start, for how long, within which limits."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

THREADS = 256
"""Threads that a synchronous call may occupy at once where no cap is given."""


@dataclass(frozen=True)
class Open:
    """Open loop: request i is due `due[i]` seconds in, whatever became of those before it.

    due: ascending, none after `duration`, the moment at which arrivals end.
    warmup: requests due before it are recorded, and left out of the summary.
    """

    due: Sequence[float]
    duration: float
    warmup: float = 0.0

    def __post_init__(self) -> None:
        if not self.due:
            raise ValueError("a load needs at least one request: raise the rate or the duration")
        _at_least("duration", self.duration, self.due[-1])
        _warmup(self.warmup, self.duration)


@dataclass(frozen=True)
class Closed:
    """Closed loop: each of `users` sends, waits for the reply, thinks, and sends again.

    duration, think, warmup: seconds, as above; limit: requests of all users together.
    """

    users: int
    duration: float
    think: float = 0.0
    limit: int | None = None
    warmup: float = 0.0

    def __post_init__(self) -> None:
        _at_least("users", self.users, 1)
        _positive("duration", self.duration)
        _at_least("think time", self.think, 0)
        _warmup(self.warmup, self.duration)
        if self.limit is not None:
            _at_least("requests", self.limit, 1)


@dataclass(frozen=True)
class Plan:
    """A whole load. All times in seconds.

    timeout: from the sending of a request on; None waits for ever (that is, until `drain`).
    cap: requests in flight at once. One that is due while there are so many waits for its turn:
        the waiting is part of its latency. None: no limit (256 for a synchronous call).
    drain: how long, after arrivals have ended, unsent and unanswered requests are waited for.
    ready: threads of a synchronous call in an open loop that are started before it begins; others
        follow when they are needed.
    """

    arrivals: Open | Closed
    timeout: float | None = None
    cap: int | None = None
    drain: float = 10.0
    ready: int = 1

    def __post_init__(self) -> None:
        if not self.drain >= 0:
            raise ValueError(f"drain must be a number >= 0, not {self.drain}")
        if self.timeout is not None:
            _positive("timeout", self.timeout)
        if self.cap is not None:
            _at_least("cap", self.cap, 1)
            if isinstance(self.arrivals, Closed):
                raise ValueError("a closed loop has no cap: its users are the cap")

    @property
    def threads(self) -> int:
        """How many threads a synchronous call may occupy at once."""
        return self.arrivals.users if isinstance(self.arrivals, Closed) else self.cap or THREADS


def arrivals(
    due: Sequence[float], duration: float, warmup: float = 0.0, limit: int | None = None
) -> Open:
    """Open arrivals by a schedule of harness.workload.schedules, after a warm-up at its mean rate.

    due, duration, warmup: seconds; limit: the most requests, those of the warm-up not counted.
    """
    kept, end = due, Open(due, duration).duration
    if limit is not None and limit < len(due):
        _at_least("requests", limit, 1)
        kept, end = due[:limit], due[limit]
    step = duration / max(1, len(due))
    before = [i * step for i in range(round(warmup / step))]
    before = [moment for moment in before if moment < warmup]
    moments = array("d", [*before, *(warmup + moment for moment in kept)])
    return Open(moments, warmup + end, warmup)


def _warmup(warmup: float, duration: float) -> None:
    _at_least("warm-up", warmup, 0)
    if 0 < duration <= warmup:
        raise ValueError("the warm-up takes the whole duration: nothing would be measured")


def _positive(name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a positive number, not {value}")


def _at_least(name: str, value: float, least: float) -> None:
    if not least <= value < float("inf"):
        raise ValueError(f"{name} must be a finite number >= {least:g}, not {value}")
