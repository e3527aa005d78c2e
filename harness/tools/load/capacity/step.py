"""One step of the search, judged: met, missed, or invalid because the generator was late.

A rate that the target cannot keep may still meet its service levels for a while, until the queue is
long enough. So a step is missed as well where its queue grows: requests that are due later wait
longer. In a queue that is served at rate C while requests arrive at rate R > C, latency grows by
R/C - 1 seconds per second, so that GROWTH says how far above C a rate may be and pass.
"""

import statistics
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from harness.common.numbers import quantity
from harness.tools.load import judge, metrics
from harness.tools.load.figures import Measured, is_timed
from harness.tools.load.run import Outcome
from harness.tools.load.target import Target

GROWTH = 0.01
"""Seconds of latency per second of load that are no growth of a queue yet."""

PARTS = 8
"""Parts of a step, equal in requests, whose median latencies are compared."""

RISING = 20
"""The least of Kendall's S (pairs of parts that rise less pairs that fall, of 28) of a queue that
grows: without a trend so much comes about in 0.7 % of all steps (Mann 1945)."""

BUSY = 85.0
"""Per cent of a core at which a process, whose work is one thread's, has none left."""


@dataclass(frozen=True)
class Step:
    """What became of one rate, held for `seconds` after a warm-up.

    began: seconds into the search. verdict: "met", "missed" or "invalid"; why: in words, nothing
    where it was met. levels: each service level as Slo.judged says it. growth: of latency, seconds
    per second, None of too few requests. cpu: per cent of a core by process, None: not known.
    is_held: whether as many requests as may be were in flight.
    """

    rate: float
    began: float
    seconds: float
    verdict: str
    why: list[str]
    levels: list[dict[str, Any]]
    figures: metrics.Figures
    growth: float | None
    cpu: dict[str, float | None]
    is_held: bool

    @property
    def grows(self) -> bool:
        """Whether its queue does."""
        return self.growth is not None and self.growth > GROWTH

    @property
    def met(self) -> bool | None:
        """As the search takes it."""
        return {"met": True, "missed": False}.get(self.verdict)


def judged(
    target: Target,
    outcome: Outcome,
    slos: Sequence[judge.Slo],
    others: Mapping[str, float | None],
    rate: float,
    began: float,
) -> Step:
    """A step by what it left. others: per cent of a core that other processes used meanwhile."""
    measured = Measured(outcome, judge.tightest(slos), target.injected)
    figures = metrics.figures(measured)
    levels = [slo.judged(figures) for slo in slos]
    own = figures["usage.cpu_mean"]
    cpu = {"agent" if target.is_here else "generator": own, **others}
    is_held = outcome.cap is not None and outcome.peak >= outcome.cap
    grown = growth(outcome, late=target.is_here)
    missed = [f"{each['text']}" for each in levels if not each["met"]]
    if grows := grown is not None and grown > GROWTH:
        missed.append(
            f"latency grows by {quantity(grown, 'seconds')} per second: so does the queue"
        )
    late = list(judge.too_few(measured, figures))
    if missed and not grows:
        # Who met them in spite of a late generator has met them, since latency counts from due;
        # and a queue of the target's grows by what was sent, late or not.
        late += judge.too_late(measured, figures)
    if is_held or (target.is_here and not _is_starved(figures)):
        late = []  # it was not the generator: the agent beside it held it up
    verdict, why = ("invalid", late) if late else ("missed" if missed else "met", missed)
    arrivals = outcome.plan.arrivals
    seconds = arrivals.duration - arrivals.warmup
    return Step(rate, began, seconds, verdict, why, levels, figures, grown, cpu, is_held)


def _is_starved(figures: metrics.Figures) -> bool:
    """Whether it was others who used the machine."""
    machine, own = figures["usage.machine_mean"] or 0.0, figures["usage.cpu_mean"] or 0.0
    return machine > judge.MACHINE and own < BUSY


def growth(outcome: Outcome, late: bool = True) -> float | None:
    """How fast latency grows with the time at which requests are due, in seconds per second.

    late: the time for which the generator held a request back is part of its latency, too.

    Median slope (Theil and Sen) over the median latencies of PARTS parts of the step; 0 unless
    RISING of them rise, so that one stall, which a queue needs time to get over, is no growth.
    None where a part would have less than two requests.
    """
    warmup = outcome.plan.arrivals.warmup
    dues, latencies = array("d"), array("d")
    for record in outcome.records:
        if record.due >= warmup and is_timed(record):
            dues.append(record.due)
            latencies.append(record.latency - (0.0 if late else record.late))
    if len(dues) < 2 * PARTS:
        return None
    ends = [len(dues) * part // PARTS for part in range(PARTS + 1)]
    parts = [slice(a, b) for a, b in pairwise(ends)]
    points = [(statistics.fmean(dues[p]), statistics.median(latencies[p])) for p in parts]
    pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in combinations(points, 2)]
    rising = sum((rise > 0) - (rise < 0) for _, rise in pairs)
    if rising < RISING:
        return 0.0
    return statistics.median(rise / max(run, 1e-9) for run, rise in pairs)
