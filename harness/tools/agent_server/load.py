"""Load on a served agent by generators that know only users: what is asked, how often, and counted.

Both sides of HTTP count one way: the served agent, and each process of Locust, whose own tables
round latencies to two digits.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hdrh.histogram import HdrHistogram

from harness.workload.script import prompt_of


@dataclass(frozen=True)
class Exchange:
    """Where to post what (JSON, by the request's number), and where in the answer the reply is."""

    path: str
    body: Callable[[int], dict[str, Any]]
    reply: Callable[[Any], object]


def _chat(number: int) -> dict[str, Any]:
    return {"model": "script", "messages": [{"role": "user", "content": prompt_of(number)}]}


EXCHANGES = {
    "agent": Exchange(
        "/run", lambda number: {"prompt": prompt_of(number)}, lambda answer: answer["reply"]
    ),
    "model": Exchange(
        "/v1/chat/completions",
        _chat,
        lambda answer: answer["choices"][0]["message"]["content"],
    ),
}


def rate_at(moment: float, due: Sequence[float], duration: float) -> float:
    """Requests a second at a moment of a schedule: by the gap between those before and after it."""
    if len(due) < 2:
        return len(due) / duration
    after = min(max(1, bisect_right(due, moment)), len(due) - 1)
    return 1 / (due[after] - due[after - 1])


PERCENTS = (50, 90, 95, 99)

# Microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


class Tally:
    """Counts of requests, failures by kind, and an HDR histogram of how long they took.

    Exact, and merged without loss.
    """

    def __init__(self) -> None:
        self.ok = 0
        self.failures: Counter[str] = Counter()
        self.histogram = HdrHistogram(1, _LARGEST, _DIGITS)

    @property
    def requests(self) -> int:
        """All that have ended."""
        return self.ok + self.failures.total()

    def add(self, seconds: float, failure: object = None) -> None:
        """Count one request; how long failed ones took is left out."""
        if failure is None:
            self.ok += 1
            self.histogram.record_value(min(_LARGEST, max(1, round(seconds * 1e6))))
        else:
            self.failures[str(failure)] += 1

    def merge(self, message: dict[str, Any]) -> None:
        """Add the `message` of another process."""
        self.ok += message["ok"]
        self.failures.update(message["failures"])
        self.histogram.add(HdrHistogram.decode(message["took"]))

    def message(self) -> dict[str, Any]:
        """All of it, for another process."""
        return {"ok": self.ok, "failures": dict(self.failures), "took": self.histogram.encode()}

    def percentiles(self) -> dict[str, float] | None:
        """Seconds by name, p50 to p99 and max; None if nothing succeeded."""
        if not self.ok:
            return None
        took = {f"p{p}": self.histogram.get_value_at_percentile(p) / 1e6 for p in PERCENTS}
        return took | {"max": self.histogram.get_max_value() / 1e6}
