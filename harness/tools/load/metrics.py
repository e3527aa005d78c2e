"""Every figure of a load, stated once: the JSON file, terminal, page and service levels follow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals.kinds import UNSENT
from harness.tools.load.figures import STATISTICS, Measured, Usage

Figures = dict[str, Any]
"""Path -> value; None where it could not be measured."""


@dataclass(frozen=True)
class Metric:
    """path: where the figure is in the JSON file; unit: as numbers.quantity takes it.

    line: where it stands in the terminal. meaning: in a line; without one it is in the JSON file
    only. slo: its name as a service level; higher: whether more of it is better.
    """

    path: str
    title: str
    unit: str
    line: str
    of: Callable[[Measured], Any]
    meaning: str
    slo: str = ""
    higher: bool = False


_MEANINGS = {
    "p50": "Half of the requests took at most this long.",
    "p90": "Nine of ten took at most this long; n/a below 10 requests.",
    "p95": "19 of 20 took at most this long; n/a below 20 requests.",
    "p99": "99 of 100 took at most this long; n/a below 100 requests.",
    "p999": "999 of 1000 took at most this long; n/a below 1000 requests.",
    "max": "The slowest of all.",
}
_LATENCY = (
    "From the moment a request was due to its reply. Requests given up (timeout, unfinished,"
    " unsent) count with the time until then; other errors are left out."
)
_MODEL = (
    "The model's part of latency, where it differs from request to request: of recorded latencies"
    " and real models."
)
_ADDED = "Latency less the model's injected latency: ours."
_LATENESS = {
    "p50": "How late the generator itself sent a request; waiting for the cap is not in it.",
    "p99": "The same, 99 of 100 requests.",
    "max": "The same, the latest of all.",
}


def _times(
    group: str,
    values: Callable[[Measured], Sequence[float]],
    meanings: dict[str, str],
    slo: str | None = None,
    line: str = "",
) -> Iterator[Metric]:
    """All statistics of a group of seconds. slo: before the name of their service levels."""
    for name, statistic in STATISTICS.items():
        short = "p99.9" if name == "p999" else name
        meaning = meanings.get(name, "")
        yield Metric(
            f"{group}.{name}",
            f"{group} {short}",
            "seconds",
            line if meaning else "",
            lambda load, statistic=statistic: statistic(values(load)),  # type: ignore[misc]
            meaning,
            "" if slo is None or name == "count" else slo + short,
        )


def _used(figure: Callable[[Usage], float]) -> Callable[[Measured], float | None]:
    return lambda load: None if load.usage is None else figure(load.usage)


def _seen(name: str) -> Callable[[Measured], int | None]:
    """What a server beside the load saw of its model calls."""
    return lambda load: getattr(load.outcome.model, name, None)


# fmt: off
METRICS: tuple[Metric, ...] = (
    Metric("requests.due", "due", "", "requests", lambda load: load.due,
           "Requests that were meant to be sent, without the warm-up."),
    Metric("requests.sent", "sent", "", "requests", lambda load: load.sent,
           "Those that were: ok, or one of the errors."),
    Metric("requests.ok", "ok", "", "requests", lambda load: load.counts["ok"],
           "Those that were answered, with the right reply."),
    Metric("requests.errors", "", "", "", lambda load: load.errors, ""),
    Metric("requests.unsent", "unsent", "", "requests", lambda load: load.counts[UNSENT],
           "Due, and not sent before the draining time ended."),
    Metric("requests.warmup", "warm-up", "", "requests", lambda load: load.warmup,
           "Requests of the warm-up; they count nowhere else."),
    Metric("error_rate", "errors", "share", "requests",
           lambda load: 1 - load.counts["ok"] / load.due if load.due else 0.0,
           "Requests that were due and are not ok, of all due.", slo="errors"),
    Metric("rates.offered", "offered", "per second", "rates",
           lambda load: load.rate(load.due, 0.0) if load.is_open else None,
           "Due requests over the time of arrivals."),
    Metric("rates.achieved", "achieved", "per second", "rates",
           lambda load: load.rate(load.sent, load.last_sent if load.is_open else load.last_end),
           "Sent requests over the time of sending."),
    Metric("rates.throughput", "throughput", "per second", "rates",
           lambda load: load.rate(load.counts["ok"], load.last_end),
           "ok requests over the whole time.", slo="throughput", higher=True),
    Metric("rates.goodput", "goodput", "per second", "rates",
           lambda load: None if load.good is None else load.rate(load.good, load.last_end),
           "ok requests within the tightest latency of the SLOs, over the whole time.",
           slo="goodput", higher=True),
    Metric("seconds", "time", "seconds", "", lambda load: load.seconds(load.last_end),
           "From the end of the warm-up to the last reply."),
    Metric("in_flight", "in flight", "", "requests", lambda load: load.outcome.peak,
           "Most requests under way at once."),
    Metric("calls.made", "calls", "", "model", _seen("calls"), ""),
    Metric("calls.refused", "refused", "", "model", _seen("refused"), ""),
    Metric("calls.tokens", "tokens", "", "model", _seen("tokens"), ""),
    *_times("latency", lambda load: load.latencies, {"mean": _LATENCY, **_MEANINGS}, ""),
    *_times("model", lambda load: load.model, {"mean": _MODEL}),
    *_times("added", lambda load: load.added, {"mean": _ADDED, **_MEANINGS}, "added-"),
    *_times("lateness", lambda load: load.lates, _LATENESS, line="generator"),
    Metric("usage.cpu_mean", "CPU mean", "percent", "process",
           _used(lambda usage: usage.mean("cpu")),
           "CPU of this process, of one core.", slo="cpu"),
    Metric("usage.cpu_peak", "CPU peak", "percent", "process",
           _used(lambda usage: usage.peak("cpu")),
           "The same in its busiest second."),
    Metric("usage.cpu_seconds_per_request", "CPU per request", "seconds", "",
           lambda load: None if load.usage is None else load.usage.cpu / max(1, load.sent),
           "CPU time of this process over requests sent; generator and agent together."),
    Metric("usage.machine_mean", "machine mean", "percent", "machine",
           _used(lambda usage: usage.mean("machine")),
           "CPU of the machine, of all cores."),
    Metric("usage.machine_peak", "machine peak", "percent", "machine",
           _used(lambda usage: usage.peak("machine")),
           "The same in its busiest second."),
    Metric("usage.rss_start", "memory start", "bytes", "",
           _used(lambda usage: usage.samples[0].rss),
           "Resident memory after the warm-up."),
    Metric("usage.rss_peak", "memory peak", "bytes", "process",
           _used(lambda usage: max(sample.rss for sample in usage.samples)),
           "The most resident memory of any second.", slo="memory"),
    Metric("usage.rss_end", "memory end", "bytes", "", _used(lambda usage: usage.samples[-1].rss),
           "Resident memory when all was answered."),
)
# fmt: on

SHOWN = tuple(metric for metric in METRICS if metric.meaning)
"""Those that people look at."""


def figures(measured: Measured) -> Figures:
    return {metric.path: metric.of(measured) for metric in METRICS}


def nested(figures: Figures) -> dict[str, Any]:
    """As in the JSON file; a group of which nothing is known is null."""
    found: dict[str, Any] = {}
    for path, value in figures.items():
        group, _, name = path.rpartition(".")
        (found.setdefault(group, {}) if group else found)[name] = value
    groups = {name: each for name, each in found.items() if isinstance(each, dict)}
    empty = [name for name, each in groups.items() if all(v is None for v in each.values())]
    return found | dict.fromkeys(empty)
