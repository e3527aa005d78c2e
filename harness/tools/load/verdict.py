"""Whether a load was the one that was asked for: valid, or invalid and why."""

from __future__ import annotations

from harness.tools.load.run import Outcome
from harness.tools.load.summary import Summary

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
    why = f"offered {offered:,.1f} requests a second, sent {achieved:,.1f}"
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
    why = f"the generator was {1000 * late:.1f} ms late at p99, {1000 * allowed:.1f} ms are allowed"
    if summary.usage is None:
        return why
    return f"{why} (its process, the agent included, used {summary.usage.cpu_mean:.0f} % of a core)"


def _machine(summary: Summary) -> str:
    if summary.usage is None or summary.usage.machine_mean <= MACHINE:
        return ""
    return f"the machine was busy: {summary.usage.machine_mean:.0f} % of all cores on average"
