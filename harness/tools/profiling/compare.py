"""Two profiles compared: what is called more, takes a larger share, allocates more; new, gone.

Calls and bytes are compared as they are. Times are not: two profiles were taken at different
times, so only shares of time are set side by side, and small differences of those say nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from harness.instruments.profilers.document import Document, ProfileError, Row, section

SHARE_POINTS = 0.02
"""Change of the own share of time below which nothing is said."""

SAME = 1e-6
"""Counts a run are whole numbers divided by the number of runs."""

MUST_MATCH = ("scenario", "entry")
SHOULD_MATCH = ("runtime", "python", "protocol", "runs")


def compare(old: Document, new: Document) -> dict[str, Any]:
    """The `against` section of a profile; ProfileError if the two did not profile the same thing.

    Functions are told apart by qualified name and path, not by line, so that an edit above one
    does not make it new. Largest change first.
    """
    for name in MUST_MATCH:
        if old["about"].get(name) != new["about"].get(name):
            raise ProfileError(
                f"the profiles differ in {name}: {old['about'].get(name)} and "
                f"{new['about'].get(name)}"
            )
    result = {"about": old["about"], "cautions": _cautions(old, new)}
    before, after = section(old, "cpu"), section(new, "cpu")
    if before and after:
        result |= _cpu(before, after)
    held_before, held_after = section(old, "memory"), section(new, "memory")
    if held_before and held_after:
        result["peak_bytes"] = [held_before["peak_bytes"], held_after["peak_bytes"]]
        result["growing"] = _changes(
            _sum(held_before["growing_sites"], "bytes"), _sum(held_after["growing_sites"], "bytes")
        )
    total_before, total_after = section(old, "memray"), section(new, "memray")
    if total_before and total_after:
        result["allocations"] = [total_before["allocations"], total_after["allocations"]]
        result["allocated"] = _changes(
            _sum(total_before["by_bytes"], "bytes"), _sum(total_after["by_bytes"], "bytes")
        )
        if "peak_sites" in total_before and "peak_sites" in total_after:
            result["held_at_peak"] = _changes(
                _sum(total_before["peak_sites"], "bytes"), _sum(total_after["peak_sites"], "bytes")
            )
    return result


def _cautions(old: Document, new: Document) -> list[str]:
    cautions = [
        f"{name}: {old['about'].get(name)} then, {new['about'].get(name)} now"
        for name in SHOULD_MATCH
        if old["about"].get(name) != new["about"].get(name)
    ]
    for when, document in (("then", old), ("now", new)):
        cpu = section(document, "cpu")
        if cpu and cpu["clock"] != "wall":
            cautions.append(f"functions were timed by the {cpu['clock']} clock {when}")
        if cpu and cpu["calls_vary_by"] > SAME:
            cautions.append(f"calls varied by {cpu['calls_vary_by']:g} a run {when}")
    return [*cautions, "shares of time are of two different hours: believe calls first"]


def _cpu(before: Row, after: Row) -> dict[str, Any]:
    old, new = _framework(before), _framework(after)
    calls_old, calls_new = _sum(old, "calls"), _sum(new, "calls")
    shares = _changes(_shares(before, old), _shares(after, new), SHARE_POINTS)
    both = calls_old.keys() & calls_new.keys()
    return {
        "calls": [before["calls"], after["calls"]],
        "more_calls": _changes(_only(calls_old, both), _only(calls_new, both)),
        "new": _listed(calls_new, calls_new.keys() - both),
        "vanished": _listed(calls_old, calls_old.keys() - both),
        "shares": shares,
    }


def _framework(cpu: Row) -> list[Row]:
    return [row for row in cpu["functions"] if row["group"] not in ("harness", "waiting")]


def _sum(rows: Iterable[Row], value: str) -> dict[str, float]:
    """By function: a function may hold memory on several lines."""
    result: dict[str, float] = {}
    for row in rows:
        result[row["function"]] = result.get(row["function"], 0.0) + row[value]
    return result


def _shares(cpu: Row, rows: Iterable[Row]) -> dict[str, float]:
    total = cpu["seconds"] or 1.0
    return {name: own / total for name, own in _sum(rows, "own").items()}


def _only(values: dict[str, float], names: Iterable[str]) -> dict[str, float]:
    return {name: values[name] for name in names}


def _listed(values: dict[str, float], names: Iterable[str]) -> list[Row]:
    order: Callable[[str], Any] = lambda name: (-values[name], name)  # noqa: E731
    return [{"function": name, "calls": values[name]} for name in sorted(names, key=order)]


def _changes(old: dict[str, float], new: dict[str, float], least: float = SAME) -> list[Row]:
    """Functions whose value differs by more than `least`: [{function, old, new}], growth first."""
    rows = [
        {"function": name, "old": old.get(name, 0.0), "new": new.get(name, 0.0)}
        for name in old.keys() | new.keys()
        if abs(new.get(name, 0.0) - old.get(name, 0.0)) > least
    ]
    return sorted(rows, key=lambda row: (row["old"] - row["new"], row["function"]))
