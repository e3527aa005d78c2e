"""Service levels on the command line: `p95=500ms,errors=1%,throughput=5`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.common import quantities
from harness.tools.load import metrics


@dataclass(frozen=True)
class _Level:
    path: str
    read: Callable[[str], float]
    unit: str
    least: bool = False  # whether the limit is the least allowed, not the most


def _latencies() -> dict[str, _Level]:
    names = {"mean": "mean", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99"}
    names |= {"p99.9": "p999", "max": "max"}
    found = {}
    for name, key in names.items():
        found[name] = _Level(f"latency.{key}", quantities.seconds, "seconds")
        found[f"added-{name}"] = _Level(f"added.{key}", quantities.seconds, "seconds")
    return found


LEVELS: Mapping[str, _Level] = {
    **_latencies(),
    "errors": _Level("error_rate", quantities.share, "share"),
    "throughput": _Level("rates.throughput", quantities.number, "per second", least=True),
    "goodput": _Level("rates.goodput", quantities.number, "per second", least=True),
    "cpu": _Level("usage.cpu_mean", quantities.percent, "percent"),
    "memory": _Level("usage.rss_peak", quantities.size, "bytes"),
}


@dataclass(frozen=True)
class Slo:
    """One service level: at most `limit`, for throughput and goodput at least."""

    name: str
    limit: float

    @property
    def is_latency(self) -> bool:
        """Whether it limits the latency of requests."""
        return LEVELS[self.name].path.startswith("latency.")


@dataclass(frozen=True)
class Judged:
    """A service level beside what was measured; not met if it could not be measured."""

    name: str
    limit: float
    value: float | None
    met: bool

    @property
    def text(self) -> str:
        """For people."""
        level = LEVELS[self.name]
        limit, value = (quantities.told(each, level.unit) for each in (self.limit, self.value))
        if self.value is None:
            value = "n/a (not measured, or too few requests)"
        return f"{self.name} {'>=' if level.least else '<='} {limit}: {value}"


def read(text: str) -> list[Slo]:
    """The service levels of `name=limit,name=limit`. Raises ValueError, one line."""
    found = []
    for part in text.split(","):
        name, equals, limit = (piece.strip() for piece in part.partition("="))
        if name not in LEVELS or not equals:
            raise ValueError(f"SLO {part.strip()!r}: give NAME=LIMIT, NAME of {', '.join(LEVELS)}")
        found.append(Slo(name, LEVELS[name].read(limit)))
    names = [each.name for each in found]
    if "goodput" in names and not any(each.is_latency for each in found):
        raise ValueError("SLO 'goodput' needs a latency beside it, such as p95=500ms")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"SLO {twice!r} is given twice")
    return found


def tightest(slos: Sequence[Slo]) -> float | None:
    """Seconds within which a request meets every latency limit; None without one."""
    return min((slo.limit for slo in slos if slo.is_latency), default=None)


def judge(slos: Sequence[Slo], figures: Mapping[str, Any]) -> list[Judged]:
    """Each service level on the figures of a summary."""
    return [_judge(slo, metrics.value(dict(figures), LEVELS[slo.name].path)) for slo in slos]


def _judge(slo: Slo, value: float | None) -> Judged:
    if value is None:
        return Judged(slo.name, slo.limit, None, False)
    met = value >= slo.limit if LEVELS[slo.name].least else value <= slo.limit
    return Judged(slo.name, slo.limit, value, met)
