"""What Locust measured, exactly, and merged over its workers.

Locust's own tables round latencies to two digits. Here each process keeps an HDR histogram
(microseconds, three digits), and histograms add up without loss.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hdrh.histogram import HdrHistogram

PERCENTS = (50, 90, 95, 99)

# Microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


class Requests:
    """Requests of one process, or of several."""

    def __init__(self) -> None:
        self.requests = 0
        self.failures: Counter[str] = Counter()
        self._latencies = HdrHistogram(1, _LARGEST, _DIGITS)

    def add(self, milliseconds: float, failure: object = None) -> None:
        """Count one request; latencies of failed ones are left out."""
        self.requests += 1
        if failure is None:
            self._latencies.record_value(min(_LARGEST, max(1, round(milliseconds * 1000))))
        else:
            self.failures[str(failure)] += 1

    def merge(self, message: dict[str, Any]) -> None:
        """Add what another process sent."""
        self.requests += message["requests"]
        self.failures.update(message["failures"])
        self._latencies.add(HdrHistogram.decode(message["latencies"]))

    def message(self) -> dict[str, Any]:
        """All of it, for another process."""
        return {
            "requests": self.requests,
            "failures": dict(self.failures),
            "latencies": self._latencies.encode(),
        }

    def document(self) -> dict[str, Any]:
        """For people and programs; latencies in seconds, None without any."""
        at = self._latencies.get_value_at_percentile
        ok = self.requests - sum(self.failures.values())
        return {
            "requests": self.requests,
            "failures": dict(self.failures),
            "latency": {f"p{percent}": at(percent) / 1e6 for percent in PERCENTS} if ok else None,
        }
