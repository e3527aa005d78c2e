"""What two results say about a noisy row: by how much it changed, how rare that is by chance.

Changes are natural logarithms of head over base, except where they are differences (`is_linear`).
`raw` is as measured; `net` has the machine's movement taken off: by the floor beside the row,
process by process, else by the control of the unit.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.check.drift import Drift, middle
from harness.check.rows import Row
from harness.check.statistics import difference_p, fisher_p, separated, shift_interval
from harness.common.numbers import quantity
from harness.common.stats import FEWEST_PROCESSES
from harness.results.figures import Figure

ENOUGH = 8  # processes a side, from which ranks alone can be rare enough
ONE_VALUE = "one value a side"
PEAKS = math.log(1.03)  # by less, the peak memory of identical code may differ between processes

Samples = Sequence[float]
Pair = tuple[Samples, Samples]


@dataclass(frozen=True)
class Evidence:
    """Raw and net change, one-sided p for a rise and for a fall."""

    raw: float
    net: float
    p_rise: float
    p_fall: float
    interval: tuple[float, float] | None = None  # 99 %, of `net`
    apart: bool = False  # all samples of one side lie beyond all of the other, raw and net
    enough: bool = True  # at least ENOUGH processes a side
    note: str = ""
    moved: float = 0.0  # the largest movement of a witness, absolute
    spread: float = 0.0  # standard deviation of the movement of identical code
    alone: bool = False  # a ratio without a floor of its own to witness the noise between runs
    is_linear: bool = False  # raw, net and interval are no logarithms but parts of a size


Found = Evidence | str
"""The evidence, or why a row cannot be tested."""

Gather = Callable[[Row], Found]


def compare(row: Row, drift: Drift) -> Found:
    """The evidence in a noisy row that is measured on both sides."""
    if row.is_share:
        return _by_runs(row.base, row.head)
    floor, beside = drift.floor(row), drift.floors.get(row.place)
    if row.grade == "absolutes" and beside is None and drift.control(row) is None:
        return "neither a floor nor a control was measured beside it"
    old, new = sizes = [len(side.samples) or side.repeat for side in (row.base, row.head)]
    if any(sizes) and min(sizes) < FEWEST_PROCESSES:
        return f"{old} and {new} processes gave it: {FEWEST_PROCESSES} a side are needed"
    if row.base.samples and row.head.samples:
        if row.size or min(row.samples) <= 0:
            return _by_difference(row, beside)
        found = _by_samples(row, floor, drift.shift(row))
    elif row.base.value <= 0:  # of zero there is no per cent
        if row.head.value > row.base.value:
            return "the base is zero, so a rise has no per cent"
        return Evidence(0.0, 0.0, 1.0, 1.0)
    elif None not in (row.base.low, row.base.high, row.head.low, row.head.high):
        found = _by_interval(row, drift.reference(row))
    elif row.unit == "bytes":
        found = _by_value(row, drift.reference(row))
    else:
        return ONE_VALUE
    return replace(
        found,
        moved=drift.movement(row),
        spread=drift.spread(row),
        alone=row.grade == "ratios" and floor is None,
    )


def _by_runs(base: Figure, head: Figure) -> Found:
    """Shares of runs: no share is rare, but so many of so many runs may be."""
    if base.value == head.value:
        return Evidence(0.0, 0.0, 1.0, 1.0)
    if not (base.runs and head.runs):
        return "of how many runs it is a share was not kept"
    change = _log(head.value / base.value if base.value else math.inf)
    p_rise, p_fall = fisher_p(*((round(s.value * s.runs), s.runs) for s in (base, head)))
    note = f"of {base.runs:,} and {head.runs:,} runs"
    return Evidence(change, change, p_rise, p_fall, apart=True, enough=False, note=note)


def _by_samples(
    row: Row, floor: Row | None, shift: float, scaled: Callable[[float], float] = math.log
) -> Evidence:
    base, head = ([scaled(value) for value in side.samples] for side in (row.base, row.head))
    if floor is None:
        return _tested((base, head), (base, [value - shift for value in head]))
    net = _over(base, floor.base, row, scaled), _over(head, floor.head, row, scaled)
    return _tested((base, head), net)


def _over(own: Samples, floor: Figure, row: Row, scaled: Callable[[float], float]) -> list[float]:
    """Scaled samples less those of the floor, process by process where they are paired."""
    if row.processes <= 1 and len(floor.samples) == len(own):
        return [a - scaled(b) for a, b in zip(own, floor.samples, strict=True)]
    return [each - scaled(middle(floor)) for each in own]


def _tested(raw: Pair, net: Pair) -> Evidence:
    """Base and head, as measured and with the machine's movement taken off."""
    both = raw, net
    whole, rest = (statistics.median(head) - statistics.median(base) for base, head in both)
    return Evidence(
        raw=whole,
        net=rest,
        p_rise=max(difference_p(base, head, ENOUGH) for base, head in both),
        p_fall=max(difference_p(head, base, ENOUGH) for base, head in both),
        interval=shift_interval(*net),
        apart=all(separated(*each) or separated(*each[::-1]) for each in both),
        enough=min(map(len, raw)) >= ENOUGH,
    )


def _by_difference(row: Row, floor: Row | None) -> Found:
    """Zeros and negative values have no logarithm: compare differences, in parts of what the row
    is the rest of, else of the base."""
    size = row.size or abs(statistics.median(row.base.samples))
    if size == 0:
        return "the base is zero, and noise has no size to compare with"
    found = _by_samples(row, floor, 0.0, lambda value: value / size)
    moved = math.log1p(abs(middle(floor.head) - middle(floor.base)) / size) if floor else 0.0
    note = f"in per cent of {quantity(row.size, row.unit)}" if row.size else ""
    return replace(found, is_linear=True, moved=moved, spread=moved, note=note)


def _by_interval(row: Row, shift: float) -> Evidence:
    """Results without samples: asv's 99 % intervals, which at eight processes are their range."""
    base, head = row.base, row.head
    raw = _log(head.value / base.value)
    rise, fall = _gap(base.high, head.low), _gap(head.high, base.low)
    rises, falls = min(rise, rise - shift) > 0, min(fall, fall + shift) > 0
    sizes = base.repeat, head.repeat
    rarest = 1 / max(1, math.comb(sum(sizes), min(sizes)))
    return Evidence(
        raw=raw,
        net=raw - shift,
        p_rise=rarest if rises else 1.0,
        p_fall=rarest if falls else 1.0,
        interval=(rise - shift, -fall - shift),
        apart=rises or falls,
        enough=min(sizes) >= ENOUGH,
        note="no samples were kept: judged by asv's intervals",
    )


def _gap(below: float | None, above: float | None) -> float:
    return math.log(above / below) if below and above and min(below, above) > 0 else -math.inf


def _by_value(row: Row, shift: float) -> Evidence:
    """One number per side: enough for the peak memory of a process, beyond PEAKS.

    32 rows of GreenLang and Pydantic AI, five runs each, two of them with a core busy: the
    greatest was at most 0.95 % above the least; of the control it was 0.6 %.
    """
    raw = _log(row.head.value / row.base.value)
    net = raw - shift
    rise, fall = min(raw, net) > PEAKS, max(raw, net) < -PEAKS
    is_change = rise or fall
    return Evidence(raw, net, float(not rise), float(not fall), apart=is_change, note=ONE_VALUE)


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf
