"""A load over time: figures of each second, and a sample of single requests for a picture."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

from harness.instruments.arrivals import kinds
from harness.tools.load.figures import STATISTICS, is_timed
from harness.tools.load.run import Outcome

POINTS = 2000
"""Single requests in a picture: the slowest quarter of them, and an even choice of the rest."""


@dataclass
class Second:
    """One second of a load. due, sent: requests by those moments; ok, errors: by their end.

    p50, p95, max: latency in seconds of the requests that were due in it; None without any.
    """

    second: int
    due: int = 0
    sent: int = 0
    ok: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    max: float | None = None


def seconds(outcome: Outcome) -> list[Second]:
    """Figures of each second from the load's begin to its last reply, warm-up included."""
    last = max((math.floor(record.end) for record in outcome.records), default=-1)
    found = [Second(second) for second in range(last + 1)]
    latencies = [array("d") for _ in found]
    for record in outcome.records:
        # An end is after what came before it, but for a tick of the clock.
        due, end = found[min(last, math.floor(record.due))], found[math.floor(record.end)]
        due.due += 1
        if record.kind != kinds.UNSENT:
            found[min(last, math.floor(record.sent))].sent += 1
        if record.kind == "ok":
            end.ok += 1
        else:
            end.errors[record.kind] = end.errors.get(record.kind, 0) + 1
        if is_timed(record):
            latencies[due.second].append(record.latency)
    for second, values in zip(found, latencies, strict=True):
        ordered = sorted(values)
        for name in ("p50", "p95", "max"):
            setattr(second, name, STATISTICS[name](ordered))
    return found


def points(outcome: Outcome) -> list[tuple[float, float, str]]:
    """(due, latency, kind) of at most POINTS requests, the slowest among them, in order of due."""
    count = len(outcome.records)
    slow = POINTS // 4
    every = max(1, math.ceil(count / (POINTS - slow)))
    limit = 0.0
    if count > POINTS:
        limit = sorted(array("d", (record.latency for record in outcome.records)))[-slow]
    return [
        (record.due, record.latency, record.kind)
        for record in outcome.records
        if record.request % every == 0 or record.latency > limit > 0
    ]
