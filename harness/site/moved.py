"""What became of a row between two releases, in the words of all pages."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from harness.check.known import Judged, Row
from harness.check.telling import relative_change
from harness.common.numbers import NONE, SCALES, SUFFIXES, change, quantity
from harness.rendering.intervals import interval


@dataclass(frozen=True)
class Moved:
    """old, new: its values; None where it has none."""

    row: Row
    judged: Judged
    old: float | None
    new: float | None

    @property
    def unit(self) -> str:
        """What `quantity` leaves to the heading."""
        is_scaled = self.row.unit in SCALES or self.row.unit in SUFFIXES
        return "" if is_scaled or not self.row.unit else f" {self.row.unit.replace('_', ' ')}"

    @property
    def sides(self) -> list[str]:
        both = (self.old, self.new)
        return [NONE if v is None else quantity(v, self.row.unit) + self.unit for v in both]

    @property
    def in_words(self) -> str:
        """From one to the other, where the row says in which unit."""
        return " → ".join(quantity(side, self.row.unit) for side in (self.old, self.new))

    @property
    def moved(self) -> float | None:
        """The relative change; None from zero, and without a number on one side."""
        if self.judged.change is not None or self.old is None or self.new is None:
            return self.judged.change
        relative = relative_change(self.old, self.new)
        return relative if math.isfinite(relative) else None

    @property
    def factor(self) -> float | None:
        """How many thresholds that is."""
        return None if self.moved is None else abs(self.moved) / self.row.threshold

    @property
    def change(self) -> str:
        """How far it moved: in per cent, or from zero."""
        if self.moved is None:
            return "" if self.old is None or self.new is None else "from 0"
        return change(self.moved)

    @property
    def beyond(self) -> str:
        """The factor, in words."""
        return quantity(self.factor, "times") if self.factor else ""

    @property
    def picture(self) -> Markup:
        """The change and its interval on the scale of all rows; "" without a change."""
        moved = self.moved
        if self.change == "from 0":
            moved = math.copysign(math.inf, (self.new or 0.0) - (self.old or 0.0))
        if moved is None:
            return Markup()
        return interval(moved, self.judged.low, self.judged.high, self.row.threshold)
