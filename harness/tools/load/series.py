"""A load over time: figures of each second, and a sample of single requests for a picture."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import Any

from harness.instruments.arrivals import kinds
from harness.tools.load.figures import STATISTICS, is_timed
from harness.tools.load.run import Outcome

POINTS = 2000
"""Single requests in a picture: the slowest quarter of them, and an even choice of the rest."""


def seconds(outcome: Outcome) -> list[dict[str, Any]]:
    """Figures of each second from the load's begin to its last reply, warm-up included.

    due, sent: requests by those moments; ok, errors: by their end. p50, p95, max: latency in
    seconds of the requests that were due in it; None without any.
    """
    last = max((math.floor(record.end) for record in outcome.records), default=-1)
    found: list[dict[str, Any]] = [
        {"second": n, "due": 0, "sent": 0, "ok": 0, "errors": Counter[str]()}
        for n in range(last + 1)
    ]
    latencies = [array("d") for _ in found]
    for record in outcome.records:
        # An end is after what came before it, but for a tick of the clock.
        due, sent = (min(last, math.floor(moment)) for moment in (record.due, record.sent))
        end = found[math.floor(record.end)]
        found[due]["due"] += 1
        if record.kind != kinds.UNSENT:
            found[sent]["sent"] += 1
        if record.kind == "ok":
            end["ok"] += 1
        else:
            end["errors"][record.kind] += 1
        if is_timed(record):
            latencies[due].append(record.latency)
    for second, values in zip(found, map(sorted, latencies), strict=True):
        second |= {name: STATISTICS[name](values) for name in ("p50", "p95", "max")}
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
