"""What a results file has no value for, and why."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from harness.results import figures
from harness.results.result import Result


@dataclass(frozen=True)
class Missing:
    """A benchmark without a value, wholly ("all") or for some of its parameter sets."""

    benchmark: str
    extent: str
    reason: str


def missing(result: Result) -> list[Missing]:
    """The benchmarks of today's suite without a value, and everything a note was kept about."""
    current = result.asv.get_result_keys(result.benchmarks)
    kept = result.asv.get_all_result_keys()
    reasons = {name: "; ".join(note.text for note in n) for name, n in result.notes.items()}
    found = []
    for name in sorted(result.benchmarks):
        if name in current:
            extent, why = _gaps(result, name)
        else:
            extent = "all"
            why = "measured by an earlier version of the benchmark" if name in kept else "not run"
        reason = reasons.pop(name, "")
        if extent or reason:
            found.append(Missing(name, extent, reason or f"{why}; no reason was recorded"))
    return found + [Missing(name, "", reason) for name, reason in sorted(reasons.items())]


def _gaps(result: Result, name: str) -> tuple[str, str]:
    """Which parameter sets have no value ("" for none, "all"), and what stands in its place."""
    params = result.benchmarks[name]["params"]
    sets = [", ".join(each) for each in itertools.product(*params)]
    states = zip(sets, figures.read(result.asv, name, params), strict=True)
    empty = {label: each.state for label, each in states if not each.measured}
    why = " / ".join(sorted(set(empty.values())))
    if len(empty) in (0, len(sets)):
        return "all" if empty else "", why
    some = "; ".join(list(empty)[:4]) + ("; ..." if len(empty) > 4 else "")
    return f"{len(empty)} of {len(sets)}: {some}", why
