"""Which step of a path moved figures: halved until it is known, so that one step to blame costs a
logarithm of the steps there are.

A path leads from one environment to another, a dependency at a time. Along it, what the steps do
adds up to what the whole path does, whatever they do to each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

Values = Mapping[str, float]
"""Figures by their label."""


class Unmeasured(ValueError):
    """There are no figures; the message says why."""


@dataclass(frozen=True)
class Part:
    """Steps `begin` to `end` of a path, and the figures before and after them.

    why: it is of several steps, because these could not be separated.
    """

    begin: int
    end: int
    before: Values
    after: Values
    why: str = ""

    def size(self, scale: Values) -> float:
        """The largest movement of a figure, as a share of its `scale`."""
        both = self.before.keys() & self.after.keys() & scale.keys()
        return max((abs(self.moved(label)) / scale[label] for label in both), default=0.0)

    def moved(self, label: str) -> float:
        """By how much a figure moved, 0 where it is not known."""
        if label not in self.before or label not in self.after:
            return 0.0
        return self.after[label] - self.before[label]


def blame(
    whole: Part, at: Callable[[int], Values], scale: Values, most: int, least: float = 0.01
) -> list[Part]:
    """The parts of a path that moved a figure by at least the share `least` of its scale, in the
    order of the path: single steps, or those that were not separated.

    at: the figures after so many steps, or Unmeasured; most: so many times it is asked; scale:
    above 0, such as by how much a figure changed in all. What moves a figure there and back within
    a part is not seen.
    """
    open_parts, found = [whole], []
    while open_parts:
        part = max(open_parts, key=lambda each: each.size(scale))
        open_parts.remove(part)
        if part.size(scale) < least:
            break
        if part.end - part.begin == 1:
            found.append(part)
        elif not most:
            found.append(replace(part, why="no more environments were allowed"))
        else:
            most -= 1
            middle = (part.begin + part.end) // 2
            try:
                values = at(middle)
            except Unmeasured as error:
                found.append(replace(part, why=str(error)))
                continue
            open_parts.append(Part(part.begin, middle, part.before, values))
            open_parts.append(Part(middle, part.end, values, part.after))
    return sorted(found, key=lambda each: each.begin)
