"""Whether a load was the one that was asked for, and met its service levels.

Service levels on the command line: `p95=500ms,errors=1%,throughput=5`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.common import options, quantities
from harness.common.numbers import number, quantity
from harness.common.stats import at_rank
from harness.instruments.arrivals import lateness
from harness.tools.load.figures import Measured
from harness.tools.load.metrics import METRICS, Figures, Metric
from harness.tools.load.run import Outcome

LEVELS: dict[str, Metric] = {metric.slo: metric for metric in METRICS if metric.slo}
"""Service levels by name."""

_READERS: dict[str, Callable[[str], float]] = {
    "seconds": quantities.seconds,
    "share": quantities.share,
    "per second": quantities.number,
    "percent": quantities.percent,
    "bytes": quantities.size,
}


@dataclass(frozen=True)
class Slo:
    """One service level: at most `limit`, or at least, where more is better."""

    name: str
    limit: float

    @property
    def group(self) -> str:
        """What it limits: "latency", "usage" (of this process), and others."""
        return LEVELS[self.name].path.partition(".")[0]

    def judged(self, figures: Figures) -> dict[str, Any]:
        """Beside what was measured; not met if it could not be measured."""
        metric = LEVELS[self.name]
        value = figures[metric.path]
        limit, shown = (quantity(each, metric.unit) for each in (self.limit, value))
        if value is None:
            met, shown = False, "n/a (not measured, or too few requests)"
        else:
            met = value >= self.limit if metric.higher else value <= self.limit
        text = f"{self.name} {'>=' if metric.higher else '<='} {limit}: {shown}"
        return {"name": self.name, "limit": self.limit, "value": value, "met": met, "text": text}


def read(text: str) -> list[Slo]:
    """The service levels of `name=limit,name=limit`. Raises ValueError, one line."""
    found = []
    for part in text.split(","):
        name, equals, limit = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ValueError(f"SLO {part.strip()!r}: give NAME=LIMIT, such as p95=500ms,errors=1%")
        if name not in LEVELS:
            raise ValueError(f"no SLO {name!r}; there are {options.near(name, LEVELS)}")
        found.append(Slo(name, _READERS[LEVELS[name].unit](limit)))
    names = [each.name for each in found]
    if "goodput" in names and "latency" not in {each.group for each in found}:
        raise ValueError("SLO 'goodput' needs a latency beside it, such as p95=500ms")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"SLO {twice!r} is given twice")
    return found


def tightest(slos: Sequence[Slo]) -> float | None:
    """Seconds within which a request meets every latency limit; None without one."""
    return min((slo.limit for slo in slos if slo.group == "latency"), default=None)


ACHIEVED = 0.99
"""The least of the offered rate that must have been sent."""

MACHINE = 90.0
"""Per cent of all cores, on average, above which the machine and not the target is measured."""


def reasons(measured: Measured, figures: Figures) -> Iterator[str]:
    """Why the figures are not those of the load that was asked for; nothing if they are."""
    outcome = measured.outcome
    if outcome.stopped_at is not None:
        yield f"stopped after {outcome.stopped_at:.1f} of {outcome.plan.arrivals.duration:g} s"
    if not figures["requests.due"]:
        yield "no request was measured"
    elif not figures["requests.ok"]:
        yield "no request succeeded"
    if (model := outcome.model) is not None and model.refused:
        yield f"{model.refused:,} model calls were beyond --max-requests or --max-tokens: refused"
    if model is not None and model.failure:
        yield model.failure
    yield from too_few(measured, figures)
    yield from too_late(measured, figures)
    if (busy := figures["usage.machine_mean"] or 0.0) > MACHINE:
        yield f"the machine was busy: {quantity(busy, 'percent')} of all cores on average"


def too_few(measured: Measured, figures: Figures) -> Iterator[str]:
    """Whether less was sent than was due."""
    offered, unsent = figures["rates.offered"], figures["requests.unsent"]
    if offered is not None and (figures["rates.achieved"] < ACHIEVED * offered or unsent):
        yield _rate(measured.outcome, figures)


def too_late(measured: Measured, figures: Figures) -> Iterator[str]:
    """Whether it was sent when it was due."""
    name, late = lateness.judged(measured.lates, at_rank)
    if late > (most := lateness.allowed(figures["latency.p50"] or 0.0)):
        yield _lateness(name, late, most, figures["usage.cpu_mean"])


def _rate(outcome: Outcome, figures: Figures) -> str:
    offered, achieved = (number(figures[f"rates.{name}"]) for name in ("offered", "achieved"))
    why = f"offered {offered} requests a second, sent {achieved}"
    if unsent := figures["requests.unsent"]:
        why += f" and {unsent:,} not at all"
    if outcome.cap is not None and outcome.peak >= outcome.cap:
        return f"{why}: the cap of {outcome.cap} in flight held them back"
    return why


def _lateness(name: str, late: float, allowed: float, cpu: float | None) -> str:
    late_by, most = (quantity(seconds, "seconds") for seconds in (late, allowed))
    why = f"the generator was {late_by} late ({name}), {most} are allowed"
    if cpu is None:
        return why
    return f"{why} (its process used {quantity(cpu, 'percent')} of a core)"
