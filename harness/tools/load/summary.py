"""The figures of a load: what was asked, what was done, how long it took, what it used."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass

from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.plan import Open
from harness.instruments.arrivals.records import Record
from harness.tools.load.monitor import INTERVAL, Sample
from harness.tools.load.percentiles import Percentiles, summarise
from harness.tools.load.run import Outcome

GIVEN_UP = frozenset({kinds.TIMEOUT, kinds.UNFINISHED, kinds.UNSENT})
"""Errors that took at least the time until they were given up: giving up betters no percentile."""


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


class _Tally:
    """What one pass over the records keeps; a record itself is not kept (there may be millions)."""

    def __init__(self, outcome: Outcome, within: float | None) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies, self.lates = array("d"), array("d")
        self.last_end = self.last_sent = 0.0
        self.warmup = self.good = 0
        for record in outcome.records:
            if record.due < outcome.plan.arrivals.warmup:
                self.warmup += 1
            else:
                self._add(record)
                self.good += within is not None and is_good(record, within)

    def _add(self, record: Record) -> None:
        self.counts[record.kind] += 1
        self.last_end = max(self.last_end, record.end)
        if is_timed(record):
            self.latencies.append(record.latency)
        if record.kind != kinds.UNSENT:
            self.last_sent = max(self.last_sent, record.sent)
            self.lates.append(record.late)

    def requests(self) -> Requests:
        counts = self.counts.copy()
        ok, unsent = counts.pop("ok", 0), counts.pop(kinds.UNSENT, 0)
        errors = dict(counts.most_common())
        due = self.counts.total()
        return Requests(due, due - unsent, ok, errors, unsent, self.warmup)


def is_timed(record: Record) -> bool:
    """Whether its latency counts: answered well, or given up after so long."""
    return record.kind == "ok" or record.kind in GIVEN_UP


def is_good(record: Record, within: float) -> bool:
    """Whether it was answered well within so many seconds."""
    return record.kind == "ok" and record.latency <= within


def summarise_load(outcome: Outcome, injected: float, within: float | None = None) -> Summary:
    """The summary of what a load left.

    injected: seconds of each request that are the model's; within: the latency limit of goodput.
    """
    tally = _Tally(outcome, within)
    requests = tally.requests()
    latencies = sorted(tally.latencies)
    seconds = _seconds(outcome, tally.last_end)
    return Summary(
        seconds=seconds,
        requests=requests,
        error_rate=1 - requests.ok / requests.due if requests.due else 0.0,
        rates=_rates(outcome, tally, requests, None if within is None else tally.good),
        in_flight=outcome.peak,
        latency=summarise(latencies),
        added=summarise([latency - injected for latency in latencies]),
        lateness=summarise(sorted(tally.lates)),
        usage=_usage(outcome, requests.sent),
    )


def _seconds(outcome: Outcome, until: float) -> float:
    """From the end of the warm-up to `until`, or to the end of open arrivals if that is later."""
    plan = outcome.plan
    if isinstance(plan.arrivals, Open):
        until = max(until, outcome.stopped_at or plan.arrivals.duration)
    return max(until - plan.arrivals.warmup, 0.0)


def _rates(outcome: Outcome, tally: _Tally, requests: Requests, good: int | None) -> Rates:
    def rate(count: int, seconds: float) -> float:
        return count / seconds if seconds > 0 else 0.0

    seconds = _seconds(outcome, tally.last_end)
    throughput = rate(requests.ok, seconds)
    goodput = None if good is None else rate(good, seconds)
    if isinstance(outcome.plan.arrivals, Open):
        offered = rate(requests.due, _seconds(outcome, 0.0))
        achieved = rate(requests.sent, _seconds(outcome, tally.last_sent))
        return Rates(offered, achieved, throughput, goodput)
    return Rates(None, rate(requests.sent, seconds), throughput, goodput)


def _usage(outcome: Outcome, requests: int) -> Usage | None:
    samples = outcome.samples
    first = max(
        (s for s in samples if s.moment <= outcome.plan.arrivals.warmup), default=None, key=_moment
    )
    first = first or (samples[0] if samples else None)
    if first is None or samples[-1].moment <= first.moment:
        return None
    later = [sample for sample in samples if sample.moment > first.moment]
    seconds = samples[-1].moment - first.moment
    gaps = [b.moment - a.moment for a, b in zip([first, *later], later, strict=False)]
    used = samples[-1].cpu - first.cpu
    cpu = 100 * used / seconds
    machine = sum(s.machine * gap for s, gap in zip(later, gaps, strict=True)) / seconds
    # A last sample of a few milliseconds says nothing: CPU time has ticks of ten.
    whole = [s for s, gap in zip(later, gaps, strict=True) if gap >= INTERVAL / 2]
    return Usage(
        cpu_mean=cpu,
        cpu_peak=max((s.process for s in whole), default=cpu),
        cpu_seconds_per_request=used / max(1, requests),
        machine_mean=machine,
        machine_peak=max((s.machine for s in whole), default=machine),
        rss_start=first.rss,
        rss_peak=max(s.rss for s in [first, *later]),
        rss_end=samples[-1].rss,
    )


def _moment(sample: Sample) -> float:
    return sample.moment
