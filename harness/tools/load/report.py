"""All that a load has to say, in the form of its JSON file (docs/load-schema.json)."""

import datetime
import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.plan import Open, Plan
from harness.tools.load import judge, metrics
from harness.tools.load.figures import STATISTICS, Measured, is_timed
from harness.tools.load.run import Outcome
from harness.tools.load.target import Target

FORMAT = 1

POINTS = 2000
"""Single requests in a picture: the slowest quarter of them, and an even choice of the rest."""


@dataclass(frozen=True)
class Report:
    """A load, judged. data: as in the JSON file; figures: by path; outcome: the records behind it.

    latencies: those that count, warm-up left out, ascending; seconds.
    """

    data: dict[str, Any]
    figures: metrics.Figures
    outcome: Outcome
    latencies: Sequence[float]

    @property
    def valid(self) -> bool:
        """Whether the load was the one that was asked for."""
        return not self.data["reasons"]

    @property
    def status(self) -> int:
        """0; 1 if the load is invalid or a service level is missed; 130 if stopped by hand."""
        if self.outcome.stopped_at is not None:
            return 130
        return 0 if self.valid and all(each["met"] for each in self.data["slos"]) else 1


def report(
    target: Target, outcome: Outcome, shape: dict[str, Any], slos: Sequence[judge.Slo] = ()
) -> Report:
    """The report on what a load left. shape: how the arrivals were described, for people."""
    measured = Measured(outcome, judge.tightest(slos), target.injected)
    figures = metrics.figures(measured)
    reasons = list(judge.reasons(measured, figures))
    data = {
        "format": FORMAT,
        "target": {"name": target.name, "injected_seconds": target.injected},
        "plan": planned(outcome.plan, shape),
        "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": outcome.python,
        "event_loop": outcome.event_loop,
        "verdict": "invalid" if reasons else "valid",
        "reasons": reasons,
        "slos": [slo.judged(figures) for slo in slos],
        "figures": metrics.nested(figures),
        "seconds": seconds(outcome),
        "curve": measured.curve(),
    }
    return Report(data, figures, outcome, measured.latencies)


def planned(plan: Plan, shape: dict[str, Any]) -> dict[str, Any]:
    """A plan as the JSON file has it."""
    arrivals = plan.arrivals
    loop = {"loop": "open" if isinstance(arrivals, Open) else "closed", **shape}
    limits = {name: getattr(plan, name) for name in ("timeout", "cap", "drain")}
    return loop | {"seconds": arrivals.duration, "warmup": arrivals.warmup} | limits


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
    latencies = sorted(array("d", (record.latency for record in outcome.records)))
    limit = latencies[-slow] if count > POINTS else math.inf
    return [
        (record.due, record.latency, record.kind)
        for record in outcome.records
        if record.request % every == 0 or record.latency > limit
    ]
