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
        """The floor beside a row, if both results have it."""
        return self.floors.get(_place(row))

    def control(self, row: Row) -> float | None:
        """The movement of the control of the row's unit; None if it was not measured."""
        return self.controls.get(row.unit)

    def spread(self, row: Row) -> float:
        """Standard deviation of the movement of identical code: of the floors of this benchmark
        if there are at least three, else of all floors of this grade and unit."""
        own = self.spreads.get((row.benchmark,))
        return self.spreads.get((row.grade, row.unit), 0.0) if own is None else own


def drift(rows: Iterable[Row]) -> Drift:
    """The witnesses among these rows."""
    controls: dict[str, float] = {}
    floors: dict[tuple[object, ...], Row] = {}
    moved: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        movement = log_change(row.base, row.head)
        if movement is None:
            continue
        for unit, name in CONTROLS.items():
            if row.benchmark == name:
                controls[unit] = movement
        if row.is_floor:
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


def log_change(base: Figure, head: Figure) -> float | None:
    """log(head / base) of the medians; None where it does not exist."""
    if not (base.measured and head.measured and base.value > 0 and head.value > 0):
        return None
    return math.log(middle(head) / middle(base))


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
