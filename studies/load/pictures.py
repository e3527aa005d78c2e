"""Pictures of the load shapes, drawn from the schedules themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.workload import schedules

SECONDS = 60
SHAPES = {
    "constant": ("constant: 20 a second", schedules.constant(20, SECONDS)),
    "ramp-up": ("ramp-up: from rest to 40 a second", schedules.ramp_up(40, SECONDS)),
    "spike": ("spike: 10 a second, 40 in the middle fifth", schedules.spike(10, 40, SECONDS)),
    "step": ("step: 10, 20, 30, 40 a second", schedules.step([10, 20, 30, 40], SECONDS)),
    "poisson": ("poisson: 20 a second on average", schedules.poisson(20, SECONDS, seed=1)),
}

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 480, 170, 34, 26, 22
_HIGHEST = 45  # arrivals a second at the upper edge


def per_second(due: Sequence[float]) -> list[int]:
    """How many arrivals are due in each second of SECONDS."""
    counts = [0] * SECONDS
    for moment in due:
        counts[math.floor(moment)] += 1
    return counts


def picture(title: str, due: Sequence[float]) -> str:
    """An SVG of the arrivals in each second."""
    high = _HEIGHT - _TOP - _BOTTOM
    wide = (_WIDTH - _LEFT - 8) / SECONDS

    def y(count: float) -> float:
        return round(_TOP + high * (1 - count / _HIGHEST), 1)

    bars = [
        f'<rect x="{_LEFT + i * wide:.1f}" y="{y(count)}" width="{wide - 1:.1f}"'
        f' height="{round(y(0) - y(count), 1)}"/>'
        for i, count in enumerate(per_second(due))
    ]
    rows = [
        f'<text x="{_LEFT - 6}" y="{y(count) + 4}" text-anchor="end">{count}</text>'
        f'<line x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y(count)}" y2="{y(count)}" stroke="#cbd5e1"/>'
        for count in (0, 20, 40)
    ]
    ticks = [
        f'<text x="{_LEFT + second * wide:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">'
        f"{second} s</text>"
        for second in range(0, SECONDS + 1, 15)
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}"'
        ' font-family="sans-serif" font-size="11" fill="#334155">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="16" font-weight="bold">{title}</text>',
        *rows,
        '<g fill="#2563eb">',
        *bars,
        "</g>",
        *ticks,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def pictures() -> dict[str, str]:
    """File name -> SVG, one a shape."""
    return {f"{name}.svg": picture(*shape) for name, shape in SHAPES.items()}
