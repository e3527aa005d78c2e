"""A load without its warm-up: its requests in one pass, what it used, statistics of latencies."""

import math
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from harness.common.stats import at_rank
from harness.instruments.arrivals import kinds
from harness.instruments.arrivals.board import Values
from harness.instruments.arrivals.plan import Open
from harness.instruments.arrivals.records import Record
from harness.tools.load.run import INTERVAL, Outcome, Sample

CURVE_STEPS = 12  # points of a percentile curve for each factor of ten


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """Of values in ascending order (linear between ranks, type 7).

    None where fewer of them than one beyond it are expected: p99.9 takes 1000, p99 100, p95 20,
    p90 10, and any takes one.
    """
    needed = max(1, round(100 / (100 - percent))) if percent > 50 else 1
    return at_rank(ordered, percent) if len(ordered) >= needed else None


def _mean(ordered: Sequence[float]) -> float | None:
    if isinstance(ordered, Values):  # which knows it exactly
        return ordered.mean
    return math.fsum(ordered) / len(ordered) if ordered else None


STATISTICS: dict[str, Callable[[Sequence[float]], float | None]] = {
    "count": len,
    "mean": _mean,
    **{f"p{n}": partial(percentile, percent=n) for n in (50, 90, 95, 99)},
    "p999": partial(percentile, percent=99.9),
    "max": lambda ordered: ordered[-1] if ordered else None,
}
"""What is said of many values in ascending order, by its name in the JSON file."""


def is_timed(record: Record) -> bool:
    """Whether its latency counts: answered well, or given up after so long."""
    return record.kind == "ok" or record.kind in kinds.GIVEN_UP


class Usage:
    """What the process ("cpu", of one core) and the machine did, in per cent, by some samples."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        self.cpu = samples[-1].cpu - samples[0].cpu
        self._steps = []
        for a, b in pairwise(samples):
            seconds = max(b.moment - a.moment, 1e-9)
            percents = {"cpu": 100 * (b.cpu - a.cpu) / seconds, "machine": b.machine}
            self._steps.append((seconds, percents))

    def mean(self, name: str) -> float:
        """Over the whole time."""
        whole = sum(seconds for seconds, _ in self._steps)
        return sum(seconds * percents[name] for seconds, percents in self._steps) / whole

    def peak(self, name: str) -> float:
        """The highest of any second; a last one of a few milliseconds says nothing."""
        whole = (percents[name] for seconds, percents in self._steps if seconds >= INTERVAL / 2)
        return max(whole, default=self.mean(name))


class Measured:
    """A load without its warm-up, in one pass over its records (there may be millions).

    latencies: those that count; model: what the model took of each, where it differs; added: the
    rest of each, or each less `injected`; lates: how late the generator was: all ascending, in
    seconds. counts: requests by kind. good: those answered well `within` that many seconds.
    usage: None without samples after the warm-up.
    """

    model: Sequence[float] = ()

    def __init__(
        self, outcome: Outcome, within: float | None = None, injected: float = 0.0
    ) -> None:
        self.outcome = outcome
        self.counts: Counter[str] = Counter()
        self.last_end = self.last_sent = 0.0
        self.warmup = 0
        timed, lates, good = array("d"), array("d"), 0
        seen, took, added = outcome.model, array("d"), array("d")
        for record in outcome.records:
            if record.due < outcome.plan.arrivals.warmup:
                self.warmup += 1
                continue
            self.counts[record.kind] += 1
            self.last_end = max(self.last_end, record.end)
            if is_timed(record):
                timed.append(record.latency)
                if seen is not None and record.request in seen.seconds:
                    took.append(min(record.latency, seen.seconds[record.request]))
                    added.append(record.latency - took[-1])
                good += record.kind == "ok" and within is not None and record.latency <= within
            if record.kind != kinds.UNSENT:
                self.last_sent = max(self.last_sent, record.sent)
                lates.append(record.late)
        self.latencies: Sequence[float] = sorted(timed)
        self.lates: Sequence[float] = sorted(lates)
        self.model = sorted(took)
        self.added: Sequence[float] = sorted(added)
        if seen is None:
            self.added = [latency - injected for latency in self.latencies]
        self.good = None if within is None else good
        self.due = self.counts.total()
        self.sent = self.due - self.counts[kinds.UNSENT]
        self.is_open = isinstance(outcome.plan.arrivals, Open)
        self.usage = self._usage()

    @property
    def errors(self) -> dict[str, int]:
        """Requests that were sent and are not ok, by kind, the most frequent first."""
        found = self.counts.most_common()
        return {kind: count for kind, count in found if kind not in ("ok", kinds.UNSENT) and count}

    def seconds(self, until: float) -> float:
        """From the warm-up's end to `until`, or to the end of open arrivals if that is later."""
        arrivals = self.outcome.plan.arrivals
        if self.is_open:
            until = max(until, self.outcome.stopped_at or arrivals.duration)
        return max(until - arrivals.warmup, 0.0)

    def rate(self, count: int, until: float) -> float:
        """So many a second, over `seconds(until)`."""
        seconds = self.seconds(until)
        return count / seconds if seconds > 0 else 0.0

    def curve(self) -> list[tuple[float, float]]:
        """(percentile, latency) pairs, denser towards the tail, as far as there are samples."""
        if not self.latencies:
            return []
        steps = math.floor(CURVE_STEPS * math.log10(len(self.latencies)))
        percents = [100 * (1 - 10 ** (-k / CURVE_STEPS)) for k in range(steps + 1)]
        return [(percent, at_rank(self.latencies, percent)) for percent in percents]

    def _usage(self) -> Usage | None:
        samples, warmup = self.outcome.samples, self.outcome.plan.arrivals.warmup
        begin = max((i for i, each in enumerate(samples) if each.moment <= warmup), default=0)
        used = samples[begin:]
        return Usage(used) if used and used[-1].moment > used[0].moment else None
