"""What a served agent has done so far."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import psutil
from hdrh.histogram import HdrHistogram

# Microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


class Tally:
    """Counts of requests, and how long those that succeeded took in the server."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._process = psutil.Process()
        self.clear()

    def clear(self) -> None:
        """Start to count anew; what is in flight stays in flight."""
        self.ok = 0
        self.errors: Counter[str] = Counter()
        self._took = HdrHistogram(1, _LARGEST, _DIGITS)
        self._since = time.monotonic()
        self._cpu = self._cpu_seconds()

    def succeeded(self, seconds: float) -> None:
        """Count a reply that took so long."""
        self.ok += 1
        self._took.record_value(min(_LARGEST, max(1, round(seconds * 1e6))))

    def _cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def document(self) -> dict[str, Any]:
        """As GET /stats shows it; all times in seconds, all counts since `clear`."""
        took = {f"p{p}": self._took.get_value_at_percentile(p) / 1e6 for p in (50, 90, 95, 99)}
        took["max"] = self._took.get_max_value() / 1e6
        return {
            "requests": self.ok + sum(self.errors.values()),
            "ok": self.ok,
            "errors": dict(self.errors),
            "in_flight": self.in_flight,
            "took": took if self.ok else None,
            "seconds": time.monotonic() - self._since,
            "cpu_seconds": self._cpu_seconds() - self._cpu,
            "rss_bytes": self._process.memory_info().rss,
        }
