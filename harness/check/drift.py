"""How far the machine moved between two results, told from rows in which nothing changed.

Three witnesses: the controls (fixed work), the floor beside a row (the same work on bare Python,
measured in the same processes), and all floors together, which show by how much identical code
differs between these two results.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.check.rows import Row
from harness.check.statistics import scale
from harness.results.figures import Figure

CONTROLS = {
    "seconds": "controls.Controls.time_arithmetic",
    "bytes": "controls.Controls.peakmem_noop",
}


@dataclass(frozen=True)
class Drift:
    """What the witnesses say; all movements are natural logarithms of head over base."""

    controls: dict[str, float] = field(default_factory=dict)  # by unit
    floors: dict[tuple[object, ...], Row] = field(default_factory=dict)  # by `_place`
    spreads: dict[tuple[str, ...], float] = field(default_factory=dict)  # benchmark, or grade+unit

    def floor(self, row: Row) -> Row | None:
        """The floor beside a row, if both results have it and no sample of it is 0 or less."""
        return self.floors.get(_place(row))

    def control(self, row: Row) -> float | None:
        """The movement of the control of the row's unit; None if it was not measured."""
        return self.controls.get(row.unit)

    def spread(self, row: Row) -> float:
        """Standard deviation of the movement of identical code: of the floors of this benchmark
        if there are at least three, else of all floors of this grade and unit."""
        own = self.spreads.get((row.benchmark,))
        return self.spreads.get((row.grade, row.unit), 0.0) if own is None else own

    def shift(self, row: Row) -> float:
        """How far the machine moved by the control; a ratio cancels that out."""
        return (self.control(row) or 0.0) if row.grade == "absolutes" else 0.0

    def reference(self, row: Row) -> float:
        """How far the machine moved: by the floor beside the row, else by the control."""
        floor = self.floor(row)
        return self.shift(row) if floor is None else change(floor)

    def movement(self, row: Row) -> float:
        """The largest movement of the row's witnesses, absolute."""
        floor = self.floor(row)
        return max(0.0 if floor is None else abs(change(floor)), abs(self.shift(row)))


def drift(rows: Iterable[Row]) -> Drift:
    """The witnesses among these rows."""
    controls: dict[str, float] = {}
    floors: dict[tuple[object, ...], Row] = {}
    moved: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        if not _is_positive(row):
            continue
        movement = change(row)
        for unit, name in CONTROLS.items():
            if row.benchmark == name:
                controls[unit] = movement
        if row.is_floor:
            if min(row.base.samples + row.head.samples, default=1) > 0:
                floors[_place(row)] = row
            moved.setdefault((row.benchmark,), []).append(movement)
            moved.setdefault((row.grade, row.unit), []).append(movement)
    spreads = {k: _spread(v) if len(k) == 1 else scale(v) for k, v in moved.items()}
    spreads = {k: v for k, v in spreads.items() if len(k) == 2 or len(moved[k]) >= 3}
    return Drift(controls, floors, spreads)


def _spread(moved: Sequence[float]) -> float:
    """Standard deviation, enlarged where few floors tell it. No regression can reach a floor, so
    nothing here needs to be robust against one."""
    return statistics.stdev(moved) * (1 + 2 / len(moved)) if len(moved) >= 3 else 0.0


def _place(row: Row) -> tuple[object, ...]:
    return row.benchmark, row.setting


def _is_positive(row: Row) -> bool:
    return all(side.measured and side.value > 0 for side in (row.base, row.head))


def change(row: Row) -> float:
    """log(head / base) of the medians; 0 where it does not exist."""
    return math.log(middle(row.head) / middle(row.base)) if _is_positive(row) else 0.0


def middle(side: Figure) -> float:
    """The median over processes, or asv's value where there are no samples."""
    if side.samples and min(side.samples) > 0:
        return statistics.median(side.samples)
    return side.value


def relative(row: Figure, floor: Figure | None, paired: bool, shift: float = 0.0) -> list[float]:
    """Logarithms of samples over those of the floor, process by process where they are paired.

    shift: taken off all of them, for a side that is normalised by a control instead.
    """
    own = [math.log(value) for value in row.samples]
    if floor is None:
        return [value - shift for value in own]
    if paired and len(floor.samples) == len(own):
        other: Sequence[float] = [math.log(value) for value in floor.samples]
    else:
        other = [math.log(middle(floor))] * len(own)
    return [a - b for a, b in zip(own, other, strict=True)]
