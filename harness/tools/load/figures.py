"""The figures of a load: what was asked, what was done, how long it took, what it used."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.common.stats import at_rank
from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.plan import Open
from harness.instruments.arrivals.records import Record
from harness.tools.load.run import INTERVAL, Outcome

CURVE_STEPS = 12  # points of a percentile curve for each factor of ten

GIVEN_UP = frozenset({kinds.TIMEOUT, kinds.UNFINISHED, kinds.UNSENT})
"""Errors that took at least the time until they were given up: giving up betters no percentile."""


@dataclass(frozen=True)
class Percentiles:
    """Seconds. A percentile is None where fewer requests than one beyond it are expected:
    p99.9 takes 1000 of them, p99 100, p95 20, p90 10. All are None without any request.
    """

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    p999: float | None
    max: float | None


def needed(percent: float) -> int:
    """Samples from which on at least one is expected beyond the percentile."""
    return max(1, round(100 / (100 - percent))) if percent > 50 else 1


def summarise(ordered: Sequence[float]) -> Percentiles:
    """The percentiles of values in ascending order (linear between ranks, type 7)."""

    def at(percent: float) -> float | None:
        return at_rank(ordered, percent) if len(ordered) >= needed(percent) else None

    count = len(ordered)
    return Percentiles(
        count=count,
        mean=math.fsum(ordered) / count if count else None,
        p50=at(50),
        p90=at(90),
        p95=at(95),
        p99=at(99),
        p999=at(99.9),
        max=ordered[-1] if count else None,
    )


@dataclass(frozen=True)
class Requests:
    """Numbers of requests after the warm-up: due = sent + unsent, sent = ok + the other errors."""

    due: int
    sent: int
    ok: int
    errors: dict[str, int]
    unsent: int
    warmup: int


@dataclass(frozen=True)
class Rates:
    """Requests a second. offered is None in a closed loop, goodput without a latency limit."""

    offered: float | None
    achieved: float
    throughput: float
    goodput: float | None


@dataclass(frozen=True)
class Usage:
    """CPU in per cent (process: of one core; machine: of all), memory in bytes."""

    cpu_mean: float
    cpu_peak: float
    cpu_seconds_per_request: float
    machine_mean: float
    machine_peak: float
    rss_start: int
    rss_peak: int
    rss_end: int


@dataclass(frozen=True)
class Summary:
    """All figures of one load, warm-up left out. Times in seconds."""

    seconds: float
    requests: Requests
    error_rate: float
    rates: Rates
    in_flight: int
    latency: Percentiles
    added: Percentiles
    lateness: Percentiles
    usage: Usage | None


def is_timed(record: Record) -> bool:
    """Whether its latency counts: answered well, or given up after so long."""
    return record.kind == "ok" or record.kind in GIVEN_UP


def is_good(record: Record, within: float) -> bool:
    """Whether it was answered well within so many seconds."""
    return record.kind == "ok" and record.latency <= within


class Measured:
    """A load without its warm-up, in one pass over its records (there may be millions).

    latencies: those that count, ascending; seconds. within: the latency limit of goodput.
    """

    def __init__(self, outcome: Outcome, within: float | None = None) -> None:
        self.outcome = outcome
        self.counts: Counter[str] = Counter()
        self.last_end = self.last_sent = 0.0
        self.warmup = 0
        timed, lates, good = array("d"), array("d"), 0
        for record in outcome.records:
            if record.due < outcome.plan.arrivals.warmup:
                self.warmup += 1
                continue
            self.counts[record.kind] += 1
            self.last_end = max(self.last_end, record.end)
            if is_timed(record):
                timed.append(record.latency)
                good += within is not None and is_good(record, within)
            if record.kind != kinds.UNSENT:
                self.last_sent = max(self.last_sent, record.sent)
                lates.append(record.late)
        self.latencies, self.lates = sorted(timed), sorted(lates)
        self.good = None if within is None else good

    def summary(self, injected: float) -> Summary:
        """All figures. injected: seconds of each request that are the model's."""
        requests = self._requests()
        return Summary(
            seconds=self._seconds(self.last_end),
            requests=requests,
            error_rate=1 - requests.ok / requests.due if requests.due else 0.0,
            rates=self._rates(requests),
            in_flight=self.outcome.peak,
            latency=summarise(self.latencies),
            added=summarise([latency - injected for latency in self.latencies]),
            lateness=summarise(self.lates),
            usage=_usage(self.outcome, requests.sent),
        )

    def curve(self) -> list[tuple[float, float]]:
        """(percentile, latency) pairs, denser towards the tail, as far as there are samples."""
        if not self.latencies:
            return []
        steps = math.floor(CURVE_STEPS * math.log10(len(self.latencies)))
        percents = [100 * (1 - 10 ** (-k / CURVE_STEPS)) for k in range(steps + 1)]
        return [(percent, at_rank(self.latencies, percent)) for percent in percents]

    def _requests(self) -> Requests:
        counts = self.counts.copy()
        ok, unsent = counts.pop("ok", 0), counts.pop(kinds.UNSENT, 0)
        due = self.counts.total()
        return Requests(due, due - unsent, ok, dict(counts.most_common()), unsent, self.warmup)

    def _seconds(self, until: float) -> float:
        """From the warm-up's end to `until`, or to the end of open arrivals if that is later."""
        arrivals = self.outcome.plan.arrivals
        if isinstance(arrivals, Open):
            until = max(until, self.outcome.stopped_at or arrivals.duration)
        return max(until - arrivals.warmup, 0.0)

    def _rates(self, requests: Requests) -> Rates:
        def rate(count: int, until: float) -> float:
            seconds = self._seconds(until)
            return count / seconds if seconds > 0 else 0.0

        is_open = isinstance(self.outcome.plan.arrivals, Open)
        return Rates(
            offered=rate(requests.due, 0.0) if is_open else None,
            achieved=rate(requests.sent, self.last_sent if is_open else self.last_end),
            throughput=rate(requests.ok, self.last_end),
            goodput=None if self.good is None else rate(self.good, self.last_end),
        )


def _usage(outcome: Outcome, requests: int) -> Usage | None:
    samples, warmup = outcome.samples, outcome.plan.arrivals.warmup
    begin = max((i for i, each in enumerate(samples) if each.moment <= warmup), default=0)
    used = samples[begin:]
    if not used or used[-1].moment <= used[0].moment:
        return None
    first, last = used[0], used[-1]
    seconds, cpu = last.moment - first.moment, last.cpu - first.cpu
    mean = 100 * cpu / seconds
    spans = [(b.moment - a.moment, b.cpu - a.cpu, b.machine) for a, b in pairwise(used)]
    machine = sum(busy * took for took, _, busy in spans) / seconds
    # A last one of a few milliseconds says nothing of a peak.
    whole = [each for each in spans if each[0] >= INTERVAL / 2]
    return Usage(
        cpu_mean=mean,
        cpu_peak=max((100 * spent / took for took, spent, _ in whole), default=mean),
        cpu_seconds_per_request=cpu / max(1, requests),
        machine_mean=machine,
        machine_peak=max((busy for _, _, busy in whole), default=machine),
        rss_start=first.rss,
        rss_peak=max(each.rss for each in used),
        rss_end=last.rss,
    )
