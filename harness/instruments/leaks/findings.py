"""From growths and closer looks to findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from harness.instruments.leaks.explain import Explanation
from harness.instruments.leaks.readings import THRESHOLDS, Readings
from harness.instruments.leaks.report import LEAK, NOTE, Finding
from harness.instruments.leaks.slope import GROWS, LEVEL, Growth
from harness.instruments.leaks.survivors import Survivors

Growths = Mapping[str, Growth]

NATIVE = 8.0
"""How much faster than Python's memory resident memory must rise, beyond a page, to be native:
tracemalloc takes up to four times what it traces, where blocks are small."""

CACHE = 4096
"""Bytes by which memory may have risen before it levelled off without being worth a note."""


def grown(growths: Growths, explained: Explanation, survivors: Survivors) -> list[Finding]:
    """What goes on growing, with what it is made of."""

    def rise(name: str, form: str) -> str:
        slope = growths[name].whole
        assert slope is not None
        return form.format(slope.estimate, slope.low, slope.high)

    kept = (*explained.types, *explained.sites)
    found = []
    rising = {name for name, growth in growths.items() if growth.kind == GROWS}
    if "memory" in rising:
        text = rise("memory", "each run keeps {:.0f} bytes [{:.0f}, {:.0f}]")
        found.append(Finding("memory", LEAK, text, kept))
    elif "objects" in rising:
        text = rise("objects", "each run keeps {:.3g} objects [{:.3g}, {:.3g}]")
        found.append(Finding("objects", LEAK, text, kept))
    if "rss" in rising and "threads" not in rising and _native(growths):
        text = rise("rss", "each run keeps {:.0f} bytes [{:.0f}, {:.0f}] outside Python's memory")
        found.append(Finding("native memory", LEAK, text, explained.types))
    if "survivors" in rising:
        counts = survivors.by_type().most_common()
        held = survivors.holders()
        lines = [f"{count} {name}, held by {held.get(name, '?')}" for name, count in counts]
        text = rise("survivors", "{:.3g} [{:.3g}, {:.3g}] a run are alive after they were let go")
        found.append(Finding("survivors", LEAK, text, tuple(lines)))
    for name, lines_ in (
        ("threads", explained.threads),
        ("descriptors", explained.descriptors),
        ("tasks", explained.tasks),
    ):
        if name in rising:
            text = rise(name, "{:.3g} [{:.3g}, {:.3g}] more with each run")
            found.append(Finding(name, LEAK, text, lines_))
    if explained.filling:
        text = "a bounded cache that is not full yet: it grows, and will stop"
        found.append(Finding("caches", NOTE, text, explained.filling))
    return found


def _native(growths: Growths) -> bool:
    memory, rss = growths["memory"].whole, growths["rss"].whole
    return bool(memory and rss and rss.low > NATIVE * max(0.0, memory.high) + THRESHOLDS["rss"])


def counted(kind: str, severity: str, text: str, counts: Counter[str], runs: int) -> list[Finding]:
    """What was seen so many times, if it was."""
    if not counts:
        return []
    lines = tuple(f"{count} in {runs} runs: {name}" for name, count in counts.most_common(5))
    return [Finding(kind, severity, text, lines)]


def levelled(readings: Readings, growths: Growths) -> list[Finding]:
    """What rose and stopped, as a cache or a pool does."""
    found = []
    for name, unit, least in (
        ("memory", "bytes", CACHE),
        ("threads", "threads", 1),
        ("descriptors", "descriptors", 1),
    ):
        values = readings.values(name)
        rise, late = values[-1] - values[0], values[-1] - values[len(values) // 2]
        if growths[name].kind == LEVEL and rise >= least and late <= rise / 4:
            text = f"{name} rose by {rise} {unit} and levelled off"
            found.append(Finding("caches", NOTE, text))
    return found
