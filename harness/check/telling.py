"""How telling a change of a figure is, and the sentence that tells it.

Nothing of asv is imported here: what answers from kept findings needs no more than this.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from harness.common.numbers import NONE, SCALES, number, quantity, scale
from harness.common.numbers import change as per_cent
from harness.results.figures import Figure

T = TypeVar("T")

LARGEST = 10.0
"""Of a size, as a natural logarithm."""

OTHER_CODE = "counted by different code of ours"
"""Why a change is none of the framework's, as far as is known."""

FOLD = 3.0
PERCENT = re.compile(r"[\d,]+ %")
SHARES = {
    "startup.Import.": 0.25,
    "startup.Build.": 0.7,
    "observability.": 0.5,
    "retention.Outliving.track_cyclic_objects": 0.15,  # they are freed, if later
}
"""By which the size of a change counts when the most telling one is chosen."""


def relative_change(base: float, head: float) -> float:
    """(head - base) / |base|; infinite from zero to something."""
    if base == head:
        return 0.0
    return (head - base) / abs(base) if base else math.copysign(math.inf, head)


def size(old: float, new: float, unit: str) -> float:
    """How large a change is, in either direction: a natural logarithm, at most LARGEST.

    From or to zero it is that of how many, or how many kB, there are, and one more.
    """
    if old > 0 and new > 0:
        return min(LARGEST, abs(math.log(new / old)))
    return min(LARGEST, math.log1p(abs(new - old) / (1000 if unit == "bytes" else 1)))


def weight(benchmark: str, old: float, new: float, unit: str) -> float:
    """How telling a change is: what a run costs tells more than what is done once, or when traced.

    Lines move with calls, which people know better.
    """
    shares = (share for prefix, share in SHARES.items() if benchmark.startswith(prefix))
    return size(old, new, unit) * next(shares, 1.0) * (0.9 if unit == "lines" else 1.0)


def sentence(
    about: str,
    values: tuple[float, float, str],
    change: float | None,
    params: Mapping[str, str],
    sure: str,
) -> str:
    """What changed, and by how much.

    about: what the figure is; values: old, new, unit; change: relative, None or infinite from zero;
    params: of the benchmark, as asv writes them; sure: why it can be believed, in a word or two.
    """
    before, after, unit = values
    old, new = quantity(before, unit), quantity(after, unit)
    relative = math.copysign(math.inf, after - before) if change is None else change
    ways = ("rose", "fell") if relative > 0 else ("fell", "rose")
    if math.isinf(relative):
        moved = f"{ways[0]} from {old} to {new}"
    elif relative + 1 >= FOLD:
        moved = f"{ways[0]} {number(relative + 1)}-fold, from {old} to {new}"
    else:
        moved = f"{ways[0]} by {quantity(abs(relative), 'share')}, from {old} to {new}"
    shown = ", ".join(parameter(*each) for each in params.items() if each[0] != "runtime")
    what, _, scale_of = about.partition(": ")  # such as "1 is linear, more is worse"
    of = "; ".join(filter(None, [shown, sure, scale_of]))
    return f"{what}{',' * (',' in what)} {moved}" + f" ({of})" * bool(of) + "."


def parameter(name: str, value: str) -> str:
    """A parameter in words, as asv writes it: a text alone, a number before its name."""
    bare = value.strip("'\"")
    return bare if bare != value else f"{value} {name.replace('_', ' ')}"


def interval(bounds: tuple[float, float] | None) -> str:
    """The 99 % interval of a relative change; "" where there is none."""
    if bounds is None or not all(math.isfinite(each) for each in bounds):
        return ""
    return f"{per_cent(bounds[0])} to {per_cent(bounds[1])}"


def figure(found: Figure | None, unit: str) -> str:
    """A figure with its interval on the same scale, or n/a."""
    if found is None:
        return NONE
    words = quantity(found.value, unit)
    # asv extrapolates an interval from a few samples: below zero it is no statement.
    if found.low is None or found.low < 0 or found.high is None or unit not in SCALES:
        return words
    size, _ = scale(found.value, unit)
    return f"{words} ({number(found.low / size)} to {number(found.high / size)})"


def by_reason(items: Iterable[tuple[str, T]]) -> list[tuple[str, list[T]]]:
    """Things by the reason that each of them has, the most frequent first.

    Reasons that differ in a percentage are one, with the least and the greatest of them.
    """
    groups: dict[str, list[tuple[str, T]]] = defaultdict(list)
    for reason, item in items:
        groups[PERCENT.sub("{}", reason)].append((reason, item))
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [(_span(text, of), [item for _, item in of]) for text, of in ordered]


def _span(text: str, of: Iterable[tuple[str, object]]) -> str:
    shares = {share for reason, _ in of for share in PERCENT.findall(reason)}
    found = sorted(shares, key=lambda share: int(share[:-2].replace(",", "")))
    return text.replace("{}", " to ".join(dict.fromkeys(found[:1] + found[-1:])))
