"""Small charts as inline SVG, drawn once: no script, a title and a text alternative each.

They take their colours from `charts.css`, and nothing is said by colour alone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from harness.common.numbers import change, quantity

Values = Sequence[float | None]

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 50, 58, 8, 20
LETTER, LINE = 6.2, 11
"""Units of the picture: as wide as a phone, so that its letters can be read there."""

MARKS = {"worse": (-1, "▲"), "better": (1, "▼")}
TICKS = 5


@dataclass(frozen=True)
class History:
    """One row over its releases, oldest first.

    values: in `unit`, None where there is none; low and high: of the interval, as long or empty;
    beside: others' values by name (floor, control), drawn as change over their own first one;
    step: the releases that are shaded; marks: "worse" or "better" by release; invalid: releases;
    threshold: the relative change below which nothing should look large.
    """

    title: str
    releases: Sequence[str]
    values: Values
    unit: str = ""
    low: Values = ()
    high: Values = ()
    beside: dict[str, Values] = field(default_factory=dict)
    step: tuple[int, int] | None = None
    marks: dict[int, str] = field(default_factory=dict)
    invalid: Sequence[int] = ()
    threshold: float = 0.01


def history(of: History) -> Markup:
    """The chart: change over the first release at the left, values at the right.

    Where the first value is zero there is no such change, and the left shows values, too. Empty
    where nothing was measured.
    """
    if not any(_is_number(value) for value in of.values):
        return Markup()
    plot = _Plot(of)
    parts = Markup("").join([*_ground(plot), *_lines(plot), *_values(plot), *_names(plot)])
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(WIDTH, HEIGHT, of.title, alternative(of), parts)


def alternative(of: History) -> str:
    """The chart in words: first, newest, what was marked, where the values stopped."""
    known = [i for i, value in enumerate(of.values) if _is_number(value)]
    if not known:
        return "never measured"
    shown = {known[0], known[-1], *of.marks}
    first = of.values[known[0]]
    words = []
    for i in sorted(shown):
        value = of.values[i]
        moved = f", {change(_over(first, value))}" if i != known[0] and first else ""
        word = f", {of.marks[i]} than before" if i in of.marks else ""
        words.append(f"{of.releases[i]}: {quantity(value, of.unit)}{moved}{word}")
    invalid = ", ".join(of.releases[i] for i in of.invalid)
    return "; ".join(words) + f"; invalid runs: {invalid}" * bool(invalid)


class _Plot:
    """Where values and releases lie in the picture."""

    def __init__(self, of: History) -> None:
        self.of = of
        self.first = next(value for value in of.values if value is not None)
        self.bottom, self.right = HEIGHT - BOTTOM, WIDTH - RIGHT
        self.least, self.most = _range(of, self.first)

    def x(self, release: int) -> float:
        last = len(self.of.releases) - 1
        return LEFT + (self.right - LEFT) * (release / last if last else 0.5)

    def y(self, value: float) -> float:
        """What lies outside of the plot is drawn at its edge."""
        share = (value - self.least) / (self.most - self.least)
        return self.bottom - (self.bottom - TOP) * min(1.0, max(0.0, share))

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Values at which a line is drawn, with the change that they are."""
        unit = abs(self.first) or 1.0
        low, high = ((edge - self.first) / unit for edge in (self.least, self.most))
        step = _nice((high - low) / TICKS)
        for n in range(math.ceil(low / step), math.floor(high / step) + 1):
            value = self.first + n * step * unit
            words = change(n * step) if n else "0 %"
            yield value, words if self.first else quantity(value, self.of.unit)


def _range(of: History, first: float) -> tuple[float, float]:
    """The values at the lower and upper edge: all values, and of the intervals what fits beside."""
    known = [value for value in of.values if value is not None]
    least, most = min(known), max(known)
    room = max(most - least, 2 * of.threshold * (abs(first) or 1.0))
    ends = [end for end in (*of.low, *of.high) if end is not None]
    low = max(least - room, min([least, *ends]))
    high = min(most + room, max([most, *ends]))
    beside = max(0.0, room - (high - low)) / 2 + room / 8
    return low - beside, high + beside


def _ground(plot: _Plot) -> Iterator[Markup]:
    """What lies below the lines: the step, invalid runs, the scale."""
    of = plot.of
    if of.step:
        left, right = (plot.x(i) for i in of.step)
        yield Markup('<rect class="step" x="{}" y="{}" width="{}" height="{}"/>').format(
            _n(left - 3), TOP, _n(right - left + 6), plot.bottom - TOP
        )
    if of.invalid:
        yield _path("invalid", (f"M{_n(plot.x(i))},{TOP}V{plot.bottom}" for i in of.invalid))
    for value, label in plot.ticks():
        y = plot.y(value)
        kind = "first" if math.isclose(value, plot.first, abs_tol=1e-300) else "grid"
        yield _path(kind, [f"M{LEFT},{_n(y)}H{plot.right}"])
        yield _text(LEFT - 4, y + 3, label, "end")


def _lines(plot: _Plot) -> Iterator[Markup]:
    of = plot.of
    for name, values in of.beside.items():
        own = next((value for value in values if value), None)
        if own:
            scaled = [None if v is None else plot.first * v / own for v in values]
            yield _path(name, _line(plot, scaled))
    if of.low and of.high:
        ends = ((i, low, high) for i, (low, high) in enumerate(zip(of.low, of.high, strict=True)))
        yield _path(
            "interval",
            (
                f"M{_n(plot.x(i))},{_n(plot.y(low))}V{_n(plot.y(high))}"
                for i, low, high in ends
                if low is not None and high is not None
            ),
        )
    yield _path("line", _line(plot, of.values))
    points = [(i, plot.x(i), plot.y(v)) for i, v in enumerate(of.values) if v is not None]
    yield _path("points", (f"M{_n(x)},{_n(y)}h0" for i, x, y in points if i not in of.marks))
    for i, x, y in points:
        if i in of.marks:
            way, _ = MARKS[of.marks[i]]
            shape = f"M{_n(x - 5)},{_n(y - 4 * way)}h10l-5,{9 * way}z"
            yield _path(of.marks[i], [shape])


def _values(plot: _Plot) -> Iterator[Markup]:
    """Values at the right: the newest, the step's and the first, as far as there is room."""
    of = plot.of
    known = [i for i, value in enumerate(of.values) if value is not None]
    taken: list[float] = []
    for i in (known[-1], *(of.step or ()), known[0]):
        if (value := of.values[i]) is not None:
            y = plot.y(value)
            if all(abs(y - other) > LINE for other in taken):
                taken.append(y)
                yield _text(plot.right + 6, y + 3, quantity(value, of.unit), "start")


def _names(plot: _Plot) -> Iterator[Markup]:
    """Names of releases below: the step's, the newest and the first, as far as there is room."""
    of = plot.of
    last = len(of.releases) - 1
    taken: list[tuple[float, float]] = []
    wanted = [*(reversed(of.step) if of.step else ()), last, 0]
    for i in dict.fromkeys(wanted):
        wide = LETTER * len(of.releases[i])
        middle = min(max(plot.x(i), wide / 2), WIDTH - wide / 2)
        left, right = middle - wide / 2, middle + wide / 2
        if all(right + LETTER < other or left - LETTER > end for other, end in taken):
            taken.append((left, right))
            yield _text(middle, HEIGHT - 6, of.releases[i], "middle")


def _line(plot: _Plot, values: Values) -> Iterator[str]:
    """A line through what is known, with gaps where something is not."""
    begins = True
    for i, value in enumerate(values):
        if value is not None:
            yield f"{'M' if begins else 'L'}{_n(plot.x(i))},{_n(plot.y(value))}"
        begins = value is None


def _path(kind: str, parts: Sequence[str] | Iterator[str]) -> Markup:
    drawn = "".join(parts)
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn) if drawn else Markup()


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    made = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')
    return made.format(_n(x), _n(y), anchor, text)


def _n(value: float) -> str:
    """A place in the picture, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def _nice(step: float) -> float:
    """The next larger of 1, 2 and 5 times a power of ten."""
    size = 10.0 ** math.floor(math.log10(step))
    return next(factor * size for factor in (1, 2, 5, 10) if factor * size >= step * (1 - 1e-9))


def _over(first: float | None, value: float | None) -> float | None:
    return None if value is None or not first else (value - first) / abs(first)


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
