"""Two profiles compared: what is called more, takes a larger share, allocates more; new, gone.

Calls and bytes are compared as they are. Times are not: two profiles were taken at different
times, so only shares of time are set side by side, and small differences of those say nothing.
"""

from __future__ import annotations

from typing import Any

from harness.instruments.profilers.document import Document, ProfileError, Row, section
from harness.tools.profiling.kinds import CHANGES, FIGURES, SAME, Change, theirs

MUST_MATCH = ("scenario", "entry")
SHOULD_MATCH = ("runtime", "python", "protocol", "runs")


def compare(old: Document, new: Document) -> dict[str, Any]:
    """The `against` section of a profile; ProfileError if the two did not profile the same thing.

    Functions are told apart by qualified name and path, not by line, so that an edit above one
    does not make it new. Largest change first.
    """
    for what in _differences(old, new, MUST_MATCH, "{0}: {1} and {2}"):
        raise ProfileError(f"the profiles differ in {what}")
    result = {"about": old["about"], "cautions": _cautions(old, new)}
    for kind, field, *_ in FIGURES:
        before, after = section(old, kind), section(new, kind)
        if before and after:
            result[field] = [before[field], after[field]]
    for change in CHANGES:
        sections = [section(document, change.kind) for document in (old, new)]
        if all(each and change.rows in each for each in sections):
            result[change.name] = _rows(change, *(_values(change, each) for each in sections))
    return result


def _differences(old: Document, new: Document, names: tuple[str, ...], text: str) -> list[str]:
    both = [(name, old["about"].get(name), new["about"].get(name)) for name in names]
    return [text.format(*each) for each in both if each[1] != each[2]]


def _cautions(old: Document, new: Document) -> list[str]:
    cautions = _differences(old, new, SHOULD_MATCH, "{0}: {1} then, {2} now")
    for when, document in (("then", old), ("now", new)):
        cpu = section(document, "cpu")
        if cpu and cpu["clock"] != "wall":
            cautions.append(f"functions were timed by the {cpu['clock']} clock {when}")
        if cpu and cpu["calls_vary_by"] > SAME:
            cautions.append(f"calls varied by {cpu['calls_vary_by']:g} a run {when}")
    return [*cautions, "shares of time are of two different hours: believe calls first"]


def _values(change: Change, found: Row | None) -> dict[str, float]:
    """By function, which may hold memory on several lines; shares are of all time."""
    assert found is not None
    whole = (found["seconds"] or 1.0) if change.unit == "share" else 1.0
    values: dict[str, float] = {}
    for row in theirs(found[change.rows]):
        values[row["function"]] = values.get(row["function"], 0.0) + row[change.value] / whole
    return values


def _rows(change: Change, old: dict[str, float], new: dict[str, float]) -> list[Row]:
    """[{function, old, new}], growth first; of new and gone ones {function, value}, most first."""
    if change.among in ("new", "gone"):
        these, those = (new, old) if change.among == "new" else (old, new)
        only = sorted((-these[name], name) for name in these.keys() - those.keys())
        return [{"function": name, change.value: -value} for value, name in only]
    names = old.keys() & new.keys() if change.among == "both" else old.keys() | new.keys()
    changed = sorted(
        (old.get(name, 0.0) - new.get(name, 0.0), name)
        for name in names
        if abs(new.get(name, 0.0) - old.get(name, 0.0)) > change.least
    )
    return [
        {"function": name, "old": old.get(name, 0.0), "new": new.get(name, 0.0)}
        for _, name in changed
    ]
