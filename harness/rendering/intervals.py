"""A change with its 99 % interval, as a small picture beside its words; standard library only.

All pictures of a page have one scale: times the row's threshold, doubling from step to step, so
that the band of what a row may move is equally wide in each. `intervals.js` draws the same.
"""

import math

from markupsafe import Markup

HALF, MOST = 60, 64
"""Units to either side of zero, and how many thresholds they are; what is further is an arrow."""

SCALE = Markup(
    '<svg class="scale" aria-hidden="true"><defs><g id="scale">'
    '<rect x="{x}" width="{wide}" height="12"/><path d="M0,0V12M-{half},6H{half}"/>'
    "</g></defs></svg>"
)


def scale() -> Markup:
    """What lies below each picture, once on a page: zero, and the band of the threshold."""
    band = place(1.0)
    return SCALE.format(x=-band, wide=2 * band, half=HALF)


def place(thresholds: float) -> int:
    """Where a change of so many thresholds is."""
    size = math.log2(1 + min(abs(thresholds), MOST)) / math.log2(1 + MOST)
    return math.floor(math.copysign(HALF * size, thresholds) + 0.5)


def interval(change: float, low: float | None, high: float | None, threshold: float) -> Markup:
    """The picture. change: relative, may be infinite; low, high: of its interval, if it has one."""
    ends = [place(end / threshold) for end in (low, high) if end is not None]
    line = "M{},6H{}".format(*ends) if len(ends) == 2 else ""
    at, far = place(change / threshold), abs(change) / threshold > MOST
    way = -4 if change > 0 else 4
    point = f"M{at + way},2l{-way},4l{way},4" if far else f"M{at},2v8"
    return Markup(
        f'<svg class="span" viewBox="-{HALF + 1} 0 {2 * HALF + 2} 12" aria-hidden="true">'
        f'<use href="#scale"></use><path class="interval" d="{line}"></path>'
        f'<path class="point" d="{point}"></path></svg>'
    )
