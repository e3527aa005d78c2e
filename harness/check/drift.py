"""How far the machine moved between two results, seen in rows in which nothing changed.

Three witnesses: the controls (fixed work), the floor beside a row (the same work on bare Python,
measured in the same processes), and all floors together, which show by how much identical code
differs between these two results.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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

    controls: Mapping[str, Row]  # by unit
    floors: Mapping[tuple[object, ...], Row]  # by place
    spreads: Mapping[tuple[str, ...], float]  # by benchmark, or by grade and unit

    def floor(self, row: Row) -> Row | None:
        """The floor beside a row, if both results have it and no sample of it is 0 or less."""
        floor = self.floors.get(row.place)
        is_usable = floor and _is_positive(floor) and min(floor.samples, default=1) > 0
        return floor if is_usable else None

    def control(self, row: Row) -> Row | None:
        """The control of a row's unit; a ratio needs none, it cancels the machine out."""
        return self.controls.get(row.unit) if row.grade == "absolutes" else None

    def spread(self, row: Row) -> float:
        """Standard deviation of the movement of identical code: of the floors of this benchmark
        if there are at least three, else of all floors of this grade and unit."""
        keys = (row.benchmark,), (row.grade, row.unit)
        return next((self.spreads[key] for key in keys if key in self.spreads), 0.0)

    def shift(self, row: Row) -> float:
        """How far the machine moved by the control."""
        control = self.control(row)
        return change(control) if control else 0.0

    def reference(self, row: Row) -> float:
        """How far the machine moved: by the floor beside the row, else by the control."""
        floor = self.floor(row)
        return change(floor) if floor else self.shift(row)

    def movement(self, row: Row) -> float:
        """The largest movement of the row's witnesses, absolute."""
        return max(abs(self.reference(row)), abs(self.shift(row)))


def drift(rows: Sequence[Row]) -> Drift:
    """The witnesses among these rows."""
    usable = [row for row in rows if _is_positive(row) and not row.size]
    floors = [row for row in usable if row.is_floor]
    moved: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for row in floors:
        for key in ((row.benchmark,), (row.grade, row.unit)):
            moved[key].append(change(row))
    units = {name: unit for unit, name in CONTROLS.items()}
    return Drift(
        {units[row.benchmark]: row for row in usable if row.benchmark in units},
        {row.place: row for row in rows if row.is_floor and row.is_compared},
        # No regression can reach a floor, so the few of one benchmark need no robust estimate.
        {key: scale(each) for key, each in moved.items() if len(key) == 2}
        | {
            key: statistics.stdev(each) * (1 + 2 / len(each))  # few tell it badly
            for key, each in moved.items()
            if len(key) == 1 and len(each) >= 3
        },
    )


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
