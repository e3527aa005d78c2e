"""The verdict on each row.

A count or a figure of virtual time has no noise: beyond its threshold it is a finding. A ratio or
an absolute is a finding only if all of this holds:

1. its change exceeds the threshold, as measured and after the machine's movement is taken off
   (`evidence`): users feel it, and the machine does not explain it;
2. it is rare by chance: exact Mann-Whitney on one sample per process, one-sided, Holm's correction
   over all noisy rows of the check at ALPHA. Eight against eight separate completely by chance
   once in 12,870 times, so complete separation passes in checks of up to 640 noisy rows; in
   larger ones it passes where the change is twice the threshold. Fewer than eight processes
   cannot be that rare by ranks; where they separate completely, Welch's t on logarithms decides;
3. it exceeds SPREADS times the spread that identical code showed between these two results (the
   floors). Ranks know only the noise within a run; this is the noise between runs, and the
   reason for false alarms wherever it is left out. A ratio that has no floor of its own (it is
   one over the floor) has no such witness: its threshold counts ALONE times;
4. where a witness (control, or floor beside the row) moved by more than STILL, it exceeds LOUD
   times that movement and the samples separate completely. Otherwise there is no verdict.

A run that is invalid (see `validity`) gives no verdict on seconds; ratios and memory then need
complete separation and twice the threshold.

False alarms on identical code: docs/verdicts.md, of real runs and of simulated suites
(tests/check_simulation.py). Without rule 3 it is 9 of 182 real pairs, with it but without ALONE 6.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.check.drift import drift
from harness.check.evidence import Evidence, Found, Gather, compare
from harness.check.rows import Row
from harness.check.slo import Settings
from harness.check.statistics import holm
from harness.check.telling import OTHER_CODE, relative_change
from harness.common.numbers import quantity
from harness.results.figures import ABSENT, FAILED, NOT_FINITE, OTHER_VERSION, Figure

ALPHA = 0.05
SPREADS = 3.5
STILL = math.log(1.10)
LOUD = 3.0
ALONE = 1.5
FINDINGS = ("failed", "regression", "gone")


@dataclass(frozen=True)
class Verdict:
    """What became of a row: a word of `report.SEVERITY`."""

    row: Row
    verdict: str
    reason: str = ""
    change: float | None = None  # relative, as measured: 0.1 is +10 %
    net: float | None = None  # relative, the machine's movement taken off
    interval: tuple[float, float] | None = None  # relative, 99 %, of `net`
    where: tuple[str, ...] = ()
    is_allowed: bool = False

    @property
    def is_finding(self) -> bool:
        return self.verdict in FINDINGS and not self.is_allowed


def judge(
    rows: Sequence[Row],
    settings: Settings,
    invalid: Sequence[str] = (),
    gather: Gather | None = None,
) -> list[Verdict]:
    """A verdict for each row of the framework; floors and controls are witnesses, not judged.

    invalid: why one of the two runs is invalid; gather: another source of evidence (a history).
    """
    gather = gather or functools.partial(compare, drift=drift(rows))
    judged = [row for row in rows if row.is_judged]
    found: dict[int, Found] = {
        index: "invalid run" if invalid and row.is_timed else gather(row)
        for index, row in enumerate(judged)
        if row.is_noisy and row.is_compared
    }
    rare = _rare(found)
    every = (
        _noisy(row, found[index], index in rare, settings, bool(invalid))
        if index in found
        else _plain(row, settings)
        for index, row in enumerate(judged)
    )
    return [_without_ours(each) if each.row.by_other_code else each for each in every]


def _without_ours(verdict: Verdict) -> Verdict:
    """A change that our own code may have made is no change of the framework."""
    if verdict.verdict == "failed":
        return dataclasses.replace(verdict, reason=f"{verdict.reason}, {OTHER_CODE}")
    if verdict.verdict not in ("regression", "improvement", "changed"):
        return verdict
    return Verdict(verdict.row, "no verdict", OTHER_CODE, verdict.change)


def _rare(found: Mapping[int, Found]) -> set[int]:
    """The rows whose change, in its own direction, is not chance."""
    tested = {index: each for index, each in found.items() if isinstance(each, Evidence)}
    rising = holm({i: each.p_rise for i, each in tested.items()}, ALPHA)
    falling = holm({i: each.p_fall for i, each in tested.items()}, ALPHA)
    return {i for i in rising if tested[i].net > 0} | {i for i in falling if tested[i].net < 0}


def _plain(row: Row, settings: Settings) -> Verdict:
    """Rows without noise, and rows without a number."""
    base, head = row.base, row.head
    if head.state in (FAILED, NOT_FINITE) and base.measured:
        return Verdict(row, "failed", "it gave a number before")
    if ABSENT in (base.state, head.state) and (base.measured or head.measured):
        return Verdict(row, "gone" if base.measured else "new", _missing(base, head))
    if not head.measured or not base.measured:
        return Verdict(row, "n/a", _missing(base, head))
    change = relative_change(base.value, head.value)
    if change == 0:
        return Verdict(row, "same", "", change, change)
    if abs(change) <= settings.thresholds.of(row):
        return Verdict(row, "changed", "within the threshold", change, change)
    return Verdict(row, "regression" if change > 0 else "improvement", "", change, change)


def _missing(base: Figure, head: Figure) -> str:
    if OTHER_VERSION in (base.state, head.state):
        return "measured by different versions of the benchmark"
    old, new = ("not run" if each.state == ABSENT else each.state for each in (base, head))
    if old == new:
        return f"{old} in both"
    sides = ((base, f"{old} in the old"), (head, f"{new} in the new"))
    return ", ".join(text for side, text in sides if not side.measured)


def _noisy(row: Row, found: Found, is_rare: bool, settings: Settings, strict: bool) -> Verdict:
    change = relative_change(row.base.value, row.head.value)
    if isinstance(found, str):
        return Verdict(row, "no verdict", found, change)
    scale = float if found.is_linear else math.expm1
    change, net = found.raw if found.is_linear else change, scale(found.net)
    interval = found.interval and (scale(found.interval[0]), scale(found.interval[1]))

    def say(verdict: str, reason: str) -> Verdict:
        return Verdict(row, verdict, reason or found.note, change, net, interval)

    limit = settings.thresholds.of(row)
    limit = limit if found.is_linear else math.log1p(limit)
    limit *= (2 if strict else 1) * (ALONE if found.alone else 1)
    size = min(abs(found.raw), abs(found.net)) if found.raw * found.net > 0 else 0.0
    if found.moved > STILL and not (found.apart and size > LOUD * found.moved):
        return say("no verdict", f"the machine moved by {_percent(found.moved)}")
    if size <= limit:
        return say("same", "")
    if size <= SPREADS * found.spread:
        noise = _percent(found.spread)
        return say("same", f"identical code differs by {noise} between these runs")
    by_far = found.apart and found.enough and size > 2 * limit
    if not (is_rare or by_far) or (strict and not found.apart):
        return say("same", "within the noise")
    return say("regression" if found.net > 0 else "improvement", "")


def _percent(logarithm: float) -> str:
    return quantity(round(math.expm1(logarithm), 2), "share")
