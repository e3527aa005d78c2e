"""All that a load has to say, in the form of its JSON file (docs/load-schema.json)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.instruments.arrivals.plan import Open, Plan
from harness.tools.load import judge, metrics, series
from harness.tools.load.figures import Measured
from harness.tools.load.run import Outcome
from harness.tools.load.target import Target

FORMAT = 1


@dataclass(frozen=True)
class Report:
    """A load, judged. data: as in the JSON file; figures: by path; outcome: the records behind it.

    latencies: those that count, warm-up left out, ascending; seconds.
    """

    data: dict[str, Any]
    figures: metrics.Figures
    outcome: Outcome
    latencies: Sequence[float]

    @property
    def valid(self) -> bool:
        """Whether the load was the one that was asked for."""
        return not self.data["reasons"]

    @property
    def status(self) -> int:
        """0; 1 if the load is invalid or a service level is missed; 130 if stopped by hand."""
        if self.outcome.stopped_at is not None:
            return 130
        return 0 if self.valid and all(each["met"] for each in self.data["slos"]) else 1


def report(
    target: Target, outcome: Outcome, shape: dict[str, Any], slos: Sequence[judge.Slo] = ()
) -> Report:
    """The report on what a load left. shape: how the arrivals were described, for people."""
    measured = Measured(outcome, judge.tightest(slos), target.injected)
    figures = metrics.figures(measured)
    reasons = list(judge.reasons(measured, figures))
    data = {
        "format": FORMAT,
        "target": {"name": target.name, "injected_seconds": target.injected},
        "plan": _plan(outcome.plan, shape),
        "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": outcome.python,
        "event_loop": outcome.event_loop,
        "verdict": "invalid" if reasons else "valid",
        "reasons": reasons,
        "slos": [slo.judged(figures) for slo in slos],
        "figures": metrics.nested(figures),
        "seconds": series.seconds(outcome),
        "curve": measured.curve(),
    }
    return Report(data, figures, outcome, measured.latencies)


def _plan(plan: Plan, shape: dict[str, Any]) -> dict[str, Any]:
    arrivals = plan.arrivals
    loop = {"loop": "open" if isinstance(arrivals, Open) else "closed", **shape}
    limits = {name: getattr(plan, name) for name in ("timeout", "cap", "drain")}
    return loop | {"seconds": arrivals.duration, "warmup": arrivals.warmup} | limits
