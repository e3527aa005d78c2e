"""Which rate is tried next, by the verdicts so far alone: upwards by doubling, then bisection.

A verdict of a noisy machine may be wrong. Near the edge each rate is therefore tried again until
AGREED tries more say the one than the other, MOST of them at most; then most of them decide.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

FACTOR = 2.0
"""From one rate to the next while all are met, or all are missed."""

PRECISION = 1.03
"""The lowest rate that missed over the highest that met, when the search is over."""

AGREED, MOST = 2, 3

Try = tuple[float, bool | None]
"""A rate, and whether it met the service levels; None: an invalid try, which does not tell."""


@dataclass
class Tally:
    """The tries of one rate."""

    met: int = 0
    missed: int = 0
    invalid: int = 0

    @property
    def stands(self) -> str:
        """ "met", "missed", "invalid" (it cannot be tried), or "": one more try has to decide."""
        if self.met != self.missed:
            return "met" if self.met > self.missed else "missed"
        return "invalid" if self.invalid >= MOST else ""

    @property
    def is_sure(self) -> bool:
        """Whether it needs no further try."""
        counted = self.met + self.missed
        agreed = abs(self.met - self.missed) >= AGREED or counted >= MOST
        return agreed or self.invalid >= MOST


@dataclass(frozen=True)
class Edge:
    """Where the search stands. met: the highest rate that met them; above: the lowest that did not.

    low, high: an interval of which no try tells otherwise: whatever was tried up to `low` met them
    each time, and whatever from `high` on missed each time. None: no such rate is known.
    """

    met: float | None
    above: float | None
    low: float | None
    high: float | None


def tallies(tries: Iterable[Try]) -> dict[float, Tally]:
    """The tries of each rate, in ascending order of rates."""
    found: dict[float, Tally] = {}
    for rate, met in tries:
        tally = found.setdefault(rate, Tally())
        if met is None:
            tally.invalid += 1
        elif met:
            tally.met += 1
        else:
            tally.missed += 1
    return dict(sorted(found.items()))


def edge(found: dict[float, Tally]) -> Edge:
    """The edge between rates that met the service levels and rates that did not."""
    others = [rate for rate, tally in found.items() if tally.stands in ("missed", "invalid")]
    above = min(others, default=None)
    met = [r for r, t in found.items() if t.stands == "met" and (above is None or r < above)]
    first_miss = min((r for r, t in found.items() if t.missed), default=math.inf)
    last_met = max((r for r, t in found.items() if t.met), default=0.0)
    low = (r for r, t in found.items() if t.met and r < first_miss)
    high = (r for r, t in found.items() if t.missed and r > last_met)
    return Edge(max(met, default=None), above, max(low, default=None), min(high, default=None))


def following(
    tries: Iterable[Try], start: float, least: float = 0.0, most: float = math.inf
) -> float | None:
    """The rate to be tried next, from `least` to `most`; None when the search is over."""
    found = tallies(tries)
    if not found:
        return start
    for rate, tally in found.items():
        if not tally.stands:
            return rate
    at = edge(found)
    if at.met is None or at.above is None:
        beyond = min(found) / FACTOR if at.met is None else at.met * FACTOR
        return round_rate(beyond) if least <= beyond <= most else None
    if at.above > PRECISION * at.met:
        return round_rate(math.sqrt(at.met * at.above))
    return next((rate for rate in (at.above, at.met) if not found[rate].is_sure), None)


def width(tries: Iterable[Try]) -> float:
    """How far the edge is known, as a part of the rate; infinite where one side is not known."""
    at = edge(tallies(tries))
    return math.inf if at.met is None or at.above is None else at.above / at.met - 1


def round_rate(rate: float) -> float:
    """To three digits, as people read it."""
    return float(f"{rate:.3g}")
