"""Whether a load was the one that was asked for, and met its service levels.

Service levels on the command line: `p95=500ms,errors=1%,throughput=5`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.common import quantities
from harness.common.numbers import number, quantity
from harness.tools.load import metrics
from harness.tools.load.figures import Summary
from harness.tools.load.run import Outcome


@dataclass(frozen=True)
class _Level:
    path: str
    read: Callable[[str], float]
    unit: str
    least: bool = False  # whether the limit is the least allowed, not the most


def _latencies() -> dict[str, _Level]:
    names = {"mean": "mean", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99"}
    names |= {"p99.9": "p999", "max": "max"}
    found = {}
    for name, key in names.items():
        found[name] = _Level(f"latency.{key}", quantities.seconds, "seconds")
        found[f"added-{name}"] = _Level(f"added.{key}", quantities.seconds, "seconds")
    return found


LEVELS: Mapping[str, _Level] = {
    **_latencies(),
    "errors": _Level("error_rate", quantities.share, "share"),
    "throughput": _Level("rates.throughput", quantities.number, "per second", least=True),
    "goodput": _Level("rates.goodput", quantities.number, "per second", least=True),
    "cpu": _Level("usage.cpu_mean", quantities.percent, "percent"),
    "memory": _Level("usage.rss_peak", quantities.size, "bytes"),
}


@dataclass(frozen=True)
class Slo:
    """One service level: at most `limit`, for throughput and goodput at least."""

    name: str
    limit: float

    @property
    def is_latency(self) -> bool:
        """Whether it limits the latency of requests."""
        return LEVELS[self.name].path.startswith("latency.")


@dataclass(frozen=True)
class Judged:
    """A service level beside what was measured; not met if it could not be measured."""

    name: str
    limit: float
    value: float | None
    met: bool

    @property
    def text(self) -> str:
        """For people."""
        level = LEVELS[self.name]
        limit, value = (quantity(each, level.unit) for each in (self.limit, self.value))
        if self.value is None:
            value = "n/a (not measured, or too few requests)"
        return f"{self.name} {'>=' if level.least else '<='} {limit}: {value}"


def read(text: str) -> list[Slo]:
    """The service levels of `name=limit,name=limit`. Raises ValueError, one line."""
    found = []
    for part in text.split(","):
        name, equals, limit = (piece.strip() for piece in part.partition("="))
        if name not in LEVELS or not equals:
            raise ValueError(f"SLO {part.strip()!r}: give NAME=LIMIT, NAME of {', '.join(LEVELS)}")
        found.append(Slo(name, LEVELS[name].read(limit)))
    names = [each.name for each in found]
    if "goodput" in names and not any(each.is_latency for each in found):
        raise ValueError("SLO 'goodput' needs a latency beside it, such as p95=500ms")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"SLO {twice!r} is given twice")
    return found


def tightest(slos: Sequence[Slo]) -> float | None:
    """Seconds within which a request meets every latency limit; None without one."""
    return min((slo.limit for slo in slos if slo.is_latency), default=None)


def judge(slos: Sequence[Slo], figures: Mapping[str, Any]) -> list[Judged]:
    """Each service level on the figures of a summary."""
    return [_judge(slo, metrics.value(dict(figures), LEVELS[slo.name].path)) for slo in slos]


def _judge(slo: Slo, value: float | None) -> Judged:
    if value is None:
        return Judged(slo.name, slo.limit, None, False)
    met = value >= slo.limit if LEVELS[slo.name].least else value <= slo.limit
    return Judged(slo.name, slo.limit, value, met)


ACHIEVED = 0.99
"""The least of the offered rate that must have been sent."""

LATE = 0.005
LATE_SHARE = 0.1
"""Lateness is part of every latency: at p99 it may be 5 ms, or a tenth of the median latency."""

MACHINE = 90.0
"""Per cent of all cores, on average, above which the machine and not the target is measured."""


def reasons(outcome: Outcome, summary: Summary) -> list[str]:
    """Why the figures are not those of the load that was asked for; nothing if they are."""
    found = [
        _stopped(outcome),
        _nothing(summary),
        _rate(outcome, summary),
        _lateness(summary),
        _machine(summary),
    ]
    return [reason for reason in found if reason]


def _stopped(outcome: Outcome) -> str:
    if outcome.stopped_at is None:
        return ""
    return f"stopped after {outcome.stopped_at:.1f} of {outcome.plan.arrivals.duration:g} s"


def _nothing(summary: Summary) -> str:
    if summary.requests.ok:
        return ""
    return "no request succeeded" if summary.requests.due else "no request was measured"


def _rate(outcome: Outcome, summary: Summary) -> str:
    offered, achieved = summary.rates.offered, summary.rates.achieved
    if offered is None or (achieved >= ACHIEVED * offered and not summary.requests.unsent):
        return ""
    why = f"offered {number(offered)} requests a second, sent {number(achieved)}"
    if summary.requests.unsent:
        why += f" and {summary.requests.unsent:,} not at all"
    cap = outcome.plan.cap
    if cap is not None and summary.in_flight >= cap:
        return f"{why}: the cap of {cap} in flight held them back"
    return why


def _lateness(summary: Summary) -> str:
    late = summary.lateness.p99 if summary.lateness.p99 is not None else summary.lateness.max
    allowed = max(LATE, LATE_SHARE * (summary.latency.p50 or 0.0))
    if late is None or late <= allowed:
        return ""
    told, most = (quantity(seconds, "seconds") for seconds in (late, allowed))
    why = f"the generator was {told} late at p99, {most} are allowed"
    if summary.usage is None:
        return why
    used = quantity(summary.usage.cpu_mean, "percent")
    return f"{why} (its process, the agent included, used {used} of a core)"


def _machine(summary: Summary) -> str:
    if summary.usage is None or summary.usage.machine_mean <= MACHINE:
        return ""
    mean = quantity(summary.usage.machine_mean, "percent")
    return f"the machine was busy: {mean} of all cores on average"
