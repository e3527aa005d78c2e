"""Every figure of a summary: where it is, its unit, and what it means in a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """path: where the figure is in the JSON file; unit: as numbers.quantity takes it."""

    path: str
    title: str
    unit: str
    meaning: str


_PERCENTILES = (
    ("p50", "p50", "Half of the requests took at most so long."),
    ("p90", "p90", "Nine of ten took at most so long; n/a below 10 requests."),
    ("p95", "p95", "19 of 20 took at most so long; n/a below 20 requests."),
    ("p99", "p99", "99 of 100 took at most so long; n/a below 100 requests."),
    ("p999", "p99.9", "999 of 1000 took at most so long; n/a below 1000 requests."),
    ("max", "max", "The slowest of all."),
)
_LATENCY = (
    "From the moment a request was due to its reply. Requests given up (timeout, unfinished,"
    " unsent) count with the time until then; other errors are left out."
)

METRICS = (
    Metric("requests.due", "due", "", "Requests that were meant to be sent, without the warm-up."),
    Metric("requests.sent", "sent", "", "Those that were: ok, or one of the errors."),
    Metric("requests.ok", "ok", "", "Those that were answered, with the right reply."),
    Metric("requests.unsent", "unsent", "", "Due, and not sent before the draining time ended."),
    Metric("requests.warmup", "warm-up", "", "Requests of the warm-up; they count nowhere else."),
    Metric("error_rate", "errors", "share", "Requests that were due and are not ok, of all due."),
    Metric("rates.offered", "offered", "per second", "Due requests over the time of arrivals."),
    Metric("rates.achieved", "achieved", "per second", "Sent requests over the time of sending."),
    Metric("rates.throughput", "throughput", "per second", "ok requests over the whole time."),
    Metric(
        "rates.goodput",
        "goodput",
        "per second",
        "ok requests within the tightest latency of the SLOs, over the whole time.",
    ),
    Metric("seconds", "time", "seconds", "From the end of the warm-up to the last reply."),
    Metric("in_flight", "in flight", "", "Most requests under way at once."),
    Metric("latency.mean", "latency mean", "seconds", _LATENCY),
    *(Metric(f"latency.{k}", f"latency {t}", "seconds", text) for k, t, text in _PERCENTILES),
    Metric(
        "added.mean", "added mean", "seconds", "Latency less the model's injected latency: ours."
    ),
    *(Metric(f"added.{k}", f"added {t}", "seconds", text) for k, t, text in _PERCENTILES),
    Metric(
        "lateness.p50",
        "lateness p50",
        "seconds",
        "How late the generator itself sent a request; waiting for the cap is not in it.",
    ),
    Metric("lateness.p99", "lateness p99", "seconds", "The same, 99 of 100 requests."),
    Metric("lateness.max", "lateness max", "seconds", "The same, the latest of all."),
    Metric("usage.cpu_mean", "CPU mean", "percent", "CPU of this process, of one core."),
    Metric("usage.cpu_peak", "CPU peak", "percent", "The same in its busiest second."),
    Metric(
        "usage.cpu_seconds_per_request",
        "CPU per request",
        "seconds",
        "CPU time of this process over requests sent; generator and agent together.",
    ),
    Metric("usage.machine_mean", "machine mean", "percent", "CPU of the machine, of all cores."),
    Metric("usage.machine_peak", "machine peak", "percent", "The same in its busiest second."),
    Metric("usage.rss_start", "memory start", "bytes", "Resident memory after the warm-up."),
    Metric("usage.rss_peak", "memory peak", "bytes", "The most resident memory of any second."),
    Metric("usage.rss_end", "memory end", "bytes", "Resident memory when all was answered."),
)


def value(figures: dict[str, Any], path: str) -> Any:
    """The figure at a path such as "latency.p95"; None where there is none."""
    found: Any = figures
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
