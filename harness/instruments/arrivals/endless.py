"""Schedules that take no memory: each moment is calculated when it is asked for."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Any, overload

PART = 60.0
"""Seconds of Poisson arrivals that are drawn at once."""

Moment = Callable[[int], float]


class Endless(Sequence[float]):
    """Moments of pieces that follow one another; the same as those of workload.schedules.

    pieces: of each its first moment, how many it has, and the moment of each in it, all in seconds.
    first, begin: the moments from the first-th on, counted from `begin` (none is before it).
    """

    def __init__(
        self, pieces: Sequence[tuple[float, int, Moment]], first: int = 0, begin: float = 0.0
    ) -> None:
        self._pieces = pieces
        self._ends = list(accumulate(count for _, count, _ in pieces))
        self._first, self._begin = first, begin

    def since(self, first: int, begin: float) -> "Endless":
        """What is left when so many have been sent and so many seconds have gone by."""
        return Endless(self._pieces, first, begin)

    def __len__(self) -> int:
        return max(0, self._ends[-1] - self._first)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[float]: ...
    def __getitem__(self, place: int | slice) -> float | Sequence[float]:
        if isinstance(place, slice):  # the rest, as an engine asks for it
            return Endless(self._pieces, self._first + (place.start or 0), self._begin)
        place += self._first if place >= 0 else self._ends[-1]
        if not self._first <= place < self._ends[-1]:
            raise IndexError(place)
        piece = bisect_right(self._ends, place)
        start, count, moment = self._pieces[piece]
        return max(0.0, start + moment(place - (self._ends[piece] - count)) - self._begin)


def schedule(shape: str, duration: float, **settings: Any) -> Endless:
    """The schedule of a shape over `duration` seconds; settings: as workload.schedules has them.

    Raises ValueError for a rate that is none.
    """
    rates = settings.get("rates", [settings.get("rate"), settings.get("peak", 1.0)])
    if wrong := [rate for rate in rates if not 0 < rate < math.inf]:
        raise ValueError(f"a rate must be a positive number, not {wrong[0]:g}")
    return Endless(list(_PIECES[shape](duration=duration, **settings)))


def _even(rate: float, duration: float, start: float = 0.0) -> tuple[float, int, Moment]:
    return start, round(rate * duration), lambda i: i / rate


def _constant(rate: float, duration: float) -> Iterator[tuple[float, int, Moment]]:
    yield _even(rate, duration)


def _ramp_up(rate: float, duration: float) -> Iterator[tuple[float, int, Moment]]:
    yield 0.0, round(rate * duration / 2), lambda i: math.sqrt(2 * i * duration / rate)


def _step(rates: Sequence[float], duration: float) -> Iterator[tuple[float, int, Moment]]:
    part = duration / len(rates)
    for place, rate in enumerate(rates):
        yield _even(rate, part, place * part)


def _spike(rate: float, peak: float, duration: float) -> Iterator[tuple[float, int, Moment]]:
    part = duration / 5
    yield _even(rate, 2 * part)
    yield _even(peak, part, 2 * part)
    yield _even(rate, 2 * part, 3 * part)


def _poisson(rate: float, duration: float, seed: int) -> Iterator[tuple[float, int, Moment]]:
    """Minute by minute, each with a seed of its own: such arrivals remember nothing."""

    @lru_cache(maxsize=2)
    def drawn(part: int) -> list[float]:
        rng = random.Random(f"{seed}/{part}")
        length = min(PART, duration - part * PART)
        gaps = iter(lambda: rng.expovariate(rate), None)
        return list(takewhile(lambda due: due < length, accumulate(gaps)))

    for part in range(math.ceil(duration / PART)):
        yield part * PART, len(drawn(part)), lambda i, part=part: drawn(part)[i]  # type: ignore[misc]


_PIECES: dict[str, Callable[..., Iterator[tuple[float, int, Moment]]]] = {
    "constant": _constant,
    "ramp-up": _ramp_up,
    "spike": _spike,
    "step": _step,
    "poisson": _poisson,
}
