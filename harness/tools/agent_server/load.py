"""What a served agent, or a model server, is asked by other generators, and how it counts."""

from collections import Counter
from collections.abc import Callable
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


PERCENTS = (50, 90, 95, 99)

# Microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


class Tally:
    """Counts of requests, failures by kind, and an HDR histogram of how long they took."""

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

    def percentiles(self) -> dict[str, float] | None:
        """Seconds by name, p50 to p99 and max; None if nothing succeeded."""
        if not self.ok:
            return None
        took = {f"p{p}": self.histogram.get_value_at_percentile(p) / 1e6 for p in PERCENTS}
        return took | {"max": self.histogram.get_max_value() / 1e6}
