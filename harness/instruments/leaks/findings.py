"""From growths and closer looks to findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.instruments.leaks.readings import THRESHOLDS
from harness.instruments.leaks.report import DEFECT, LEAK, NOTE, Finding
from harness.instruments.leaks.slope import GROWS, LEVEL, UNCLEAR, Growth

if TYPE_CHECKING:
    from harness.instruments.leaks.explain import Explanation
    from harness.instruments.leaks.study import Study

Growths = Mapping[str, Growth]

NATIVE = 8.0
"""How much faster than Python's memory resident memory must rise, beyond a page, to be native:
tracemalloc takes up to four times what it traces, where blocks are small."""

CACHE = 4096
"""Bytes by which memory may have risen before it levelled off without being worth a note."""


def doubtful(growths: Growths) -> bool:
    """Whether a series that decides is unclear. Resident memory alone is too coarse to decide."""
    return any(g.kind == UNCLEAR for name, g in growths.items() if name != "rss")


def findings(
    study: Study, growths: Growths, made: tuple[str, ...], explained: Explanation | None
) -> list[Finding]:
    """All of them; `made` are the cycles, `explained` is there when something grows."""
    found: list[Finding] = []
    if explained:
        found += _grown(study, growths, explained)
    found += _told("coroutines", DEFECT, "never awaited", study.forgotten.coroutines, study.runs)
    found += _told(
        "lost tasks", DEFECT, "the event loop complains", study.forgotten.lost, study.runs
    )
    if made:
        text = "freed by the garbage collector only"
        found.append(Finding("cycles", NOTE, text, made))
    if growths["tasks"].kind != GROWS:
        text = "still at work when their run had returned"
        found += _told("background tasks", NOTE, text, study.outlived, study.plan.cycles)
    return found + _levelled(study, growths)


def _grown(study: Study, growths: Growths, explained: Explanation) -> list[Finding]:
    def rise(name: str, form: str) -> str:
        slope = growths[name].whole
        assert slope is not None
        return form.format(slope.estimate, slope.low, slope.high)

    kept = (*explained.types, *explained.sites)
    found = []
    grown = {name for name, growth in growths.items() if growth.kind == GROWS}
    if "memory" in grown:
        text = rise("memory", "each run keeps {:.0f} bytes [{:.0f}, {:.0f}]")
        found.append(Finding("memory", LEAK, text, kept))
    elif "objects" in grown:
        text = rise("objects", "each run keeps {:.3g} objects [{:.3g}, {:.3g}]")
        found.append(Finding("objects", LEAK, text, kept))
    if "rss" in grown and "threads" not in grown and _native(growths):
        text = rise("rss", "each run keeps {:.0f} bytes [{:.0f}, {:.0f}] outside Python's memory")
        found.append(Finding("native memory", LEAK, text, explained.types))
    if "survivors" in grown:
        counts = study.survivors.by_type().most_common()
        held = study.survivors.holders()
        lines = [f"{count} {name}, held by {held.get(name, '?')}" for name, count in counts]
        text = rise("survivors", "{:.3g} [{:.3g}, {:.3g}] a run are alive after they were let go")
        found.append(Finding("survivors", LEAK, text, tuple(lines)))
    for name, lines_ in (
        ("threads", explained.threads),
        ("descriptors", explained.descriptors),
        ("tasks", explained.tasks),
    ):
        if name in grown:
            text = rise(name, "{:.3g} [{:.3g}, {:.3g}] more with each run")
            found.append(Finding(name, LEAK, text, lines_))
    return found


def _native(growths: Growths) -> bool:
    memory, rss = growths["memory"].whole, growths["rss"].whole
    return bool(memory and rss and rss.low > NATIVE * max(0.0, memory.high) + THRESHOLDS["rss"])


def _told(kind: str, severity: str, text: str, counts: Counter[str], runs: int) -> list[Finding]:
    if not counts:
        return []
    lines = tuple(f"{count} in {runs} runs: {name}" for name, count in counts.most_common(5))
    return [Finding(kind, severity, text, lines)]


def _levelled(study: Study, growths: Growths) -> list[Finding]:
    """What rose and stopped, as a cache or a pool does."""
    found = []
    for name, unit, least in (
        ("memory", "bytes", CACHE),
        ("threads", "threads", 1),
        ("descriptors", "descriptors", 1),
    ):
        values = study.readings.values(name)
        rise, late = values[-1] - values[0], values[-1] - values[len(values) // 2]
        if growths[name].kind == LEVEL and rise >= least and late <= rise / 4:
            text = f"{name} rose by {rise} {unit} and levelled off"
            found.append(Finding("caches", NOTE, text))
    return found
