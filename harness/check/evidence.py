"""What two results say about a noisy row: by how much it changed, how rare that is by chance.

Changes are natural logarithms of head over base (or, where a sample is not positive, differences
in units of the base's median). `raw` is as measured; `net` has the machine's movement taken off:
by the floor beside the row, process by process, else by the control of the unit.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.check.drift import Drift, relative
from harness.check.rows import Row
from harness.check.statistics import difference_p, rank_p, separated, shift_interval

FEWEST = 4  # processes a side, below which nothing is tested


@dataclass(frozen=True)
class Evidence:
    """Raw and net change, one-sided p for a rise and for a fall, the net change's interval."""

    raw: float
    net: float
    p_rise: float
    p_fall: float
    interval: tuple[float, float] | None  # 99 %, of `net`
    apart: bool  # all samples of one side lie beyond all of the other, raw and net
    moved: float  # the largest movement of a witness, absolute
    spread: float = 0.0  # standard deviation of the movement of identical code
    note: str = ""
    enough: bool = True  # at least eight processes a side
    alone: bool = False  # a ratio without a floor of its own to witness the noise between runs


@dataclass(frozen=True)
class NoEvidence:
    """Why a row cannot be tested."""

    reason: str


def compare(row: Row, drift: Drift) -> Evidence | NoEvidence:
    """The evidence in a noisy row that is measured on both sides."""
    if row.grade == "absolutes" and drift.floor(row) is None and drift.control(row) is None:
        return NoEvidence("neither a floor nor a control was measured beside it")
    if min(len(row.base.samples), len(row.head.samples)) >= FEWEST:
        return _by_samples(row, drift)
    if row.base.value <= 0:
        return _from_zero(row)
    bounds = [each for side in (row.base, row.head) for each in (side.low, side.high)]
    if None not in bounds:
        return _by_interval(row, [each for each in bounds if each is not None], drift)
    if row.unit == "bytes":
        return _by_value(row, drift)
    return NoEvidence(f"fewer than {FEWEST} samples")


def _by_samples(row: Row, drift: Drift) -> Evidence | NoEvidence:
    if min(row.base.samples + row.head.samples) <= 0:
        return _by_difference(row)
    floor = drift.floor(row)
    paired = row.processes <= 1
    raw = [relative(side, None, paired) for side in (row.base, row.head)]
    if floor is not None:
        net = [relative(row.base, floor.base, paired), relative(row.head, floor.head, paired)]
    else:
        net = [raw[0], relative(row.head, None, paired, drift.shift(row))]
    return Evidence(
        raw=_median_change(*raw),
        net=_median_change(*net),
        p_rise=max(difference_p(raw[0], raw[1]), difference_p(net[0], net[1])),
        p_fall=max(difference_p(raw[1], raw[0]), difference_p(net[1], net[0])),
        interval=shift_interval(*net),
        apart=_apart(raw) and _apart(net),
        moved=drift.movement(row),
        spread=drift.spread(row),
        enough=min(len(raw[0]), len(raw[1])) >= 8,
        alone=row.grade == "ratios" and floor is None,
    )


def _by_difference(row: Row) -> Evidence | NoEvidence:
    """Zeros and negative values have no logarithm: compare differences, without a reference."""
    base, head = list(row.base.samples), list(row.head.samples)
    unit = abs(statistics.median(base))
    if unit == 0:
        return NoEvidence("the base is zero, and noise has no size to compare with")
    change = _median_change(base, head) / unit
    low, high = shift_interval(base, head)
    return Evidence(
        raw=change,
        net=change,
        p_rise=rank_p(base, head),
        p_fall=rank_p(head, base),
        interval=(low / unit, high / unit),
        apart=separated(base, head) or separated(head, base),
        moved=0.0,
        enough=min(len(base), len(head)) >= 8,
    )


def _from_zero(row: Row) -> Evidence | NoEvidence:
    """A base of zero has no per cent: nothing happened, or a rise that has no size."""
    if row.head.value > row.base.value:
        return NoEvidence("the base is zero, so a rise has no per cent")
    return Evidence(raw=0.0, net=0.0, p_rise=1.0, p_fall=1.0, interval=None, apart=False, moved=0.0)


def _by_interval(row: Row, bounds: Sequence[float], drift: Drift) -> Evidence:
    """Results without samples: asv's 99 % intervals, which at eight processes are their range.

    bounds: low and high of the base, then of the head.
    """
    low, high, new_low, new_high = bounds
    raw, shift = _log(row.head.value / row.base.value), drift.reference(row)
    rise = _log(new_low / high) if new_low > 0 and high > 0 else -math.inf
    fall = _log(low / new_high) if low > 0 and new_high > 0 else -math.inf
    sizes = [row.processes if row.processes > 1 else side.repeat for side in (row.base, row.head)]
    rarest = 1 / max(1, math.comb(sum(sizes), min(sizes)))
    return Evidence(
        raw=raw,
        net=raw - shift,
        p_rise=1.0 if min(rise, rise - shift) <= 0 else rarest,
        p_fall=1.0 if min(fall, fall + shift) <= 0 else rarest,
        interval=(rise - shift, -fall - shift),
        apart=max(min(rise, rise - shift), min(fall, fall + shift)) > 0,
        moved=drift.movement(row),
        spread=drift.spread(row),
        note="no samples were kept: judged by asv's intervals",
        enough=min(sizes) >= 8,
        alone=row.grade == "ratios" and drift.floor(row) is None,
    )


def _by_value(row: Row, drift: Drift) -> Evidence:
    """One number a side: enough for the peak memory of a process, which repeats within 3 %."""
    raw = _log(row.head.value / row.base.value)
    net = raw - drift.reference(row)
    return Evidence(
        raw=raw,
        net=net,
        p_rise=float(raw <= 0 or net <= 0),
        p_fall=float(raw >= 0 or net >= 0),
        interval=None,
        apart=True,
        moved=drift.movement(row),
        spread=drift.spread(row),
        note="one value a side",
    )


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf


def _median_change(base: Sequence[float], head: Sequence[float]) -> float:
    return statistics.median(head) - statistics.median(base)


def _apart(pair: Sequence[Sequence[float]]) -> bool:
    return separated(pair[0], pair[1]) or separated(pair[1], pair[0])
