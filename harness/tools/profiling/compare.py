"""Two profiles compared: what is called more, takes a larger share, allocates more; new, gone.

Calls and bytes are compared as they are. Times are not: two profiles were taken at different
times, so only shares of time are set side by side, and small differences of those say nothing.
"""

from typing import Any, NamedTuple

from harness.tools.profiling.document import Document, ProfileError, Row, section, theirs

MUST_MATCH = ("scenario", "entry")
SHOULD_MATCH = ("runtime", "python", "protocol", "runs")

FIGURES = {"calls": "cpu", "peak_bytes": "memory", "allocations": "memray"}
"""What is compared as a whole, and the section it is in."""

SAME = 1e-6
"""Counts per run are whole numbers divided by the number of runs."""

OF_CALLS = ("more_calls", "new", "vanished")
"""Lists of functions, by calls per run."""

Values = dict[str, float]


class Change(NamedTuple):
    """By function, `value` of the list `rows` of a section. least: change that counts."""

    kind: str
    rows: str
    value: str
    least: float = SAME


CALLS = Change("cpu", "functions", "calls")
CHANGES = {
    "more_calls": CALLS,
    "shares": Change("cpu", "functions", "own", least=0.02),
    "held_at_peak": Change("memray", "peak_sites", "bytes"),
    "growing": Change("memory", "growing_sites", "bytes"),
    "allocated": Change("memray", "by_bytes", "bytes"),
}


def compare(old: Document, new: Document) -> dict[str, Any]:
    """The `against` section of a profile; ProfileError if the two did not profile the same thing.

    Functions are distinguished by qualified name and path, not by line, so that an edit above one
    does not make it new. Largest change first.
    """
    for what in _differences(old, new, MUST_MATCH, "{0}: {1} and {2}"):
        raise ProfileError(f"the profiles differ in {what}")
    result = {"about": old["about"], "cautions": _cautions(old, new)}
    for field, kind in FIGURES.items():
        before, after = section(old, kind), section(new, kind)
        if before and after:
            result[field] = [before[field], after[field]]
    for name, change in CHANGES.items():
        then, now = _values(change, old), _values(change, new)
        if then is None or now is None:
            continue
        if change is CALLS:
            result |= {"new": _only(now, then), "vanished": _only(then, now)}
            then, now = ({each: v[each] for each in then.keys() & now.keys()} for v in (then, now))
        result[name] = _changed(then, now, change.least)
    groups = _groups(old) | _groups(new)
    for name in OF_CALLS:
        for row in result.get(name, ()):
            row["group"] = groups[row["function"]]
    return result


def calls(against: dict[str, Any]) -> list[Row]:
    """The lists OF_CALLS of a comparison as one: {function, group, old, new, more}.

    The framework's own first, the largest change first. Older documents know no groups.
    """
    rows = [(row, row.get("old", 0.0), row.get("new", 0.0)) for row in against["more_calls"]]
    rows += [(row, 0.0, row["calls"]) for row in against["new"]]
    rows += [(row, row["calls"], 0.0) for row in against["vanished"]]
    made = [
        {"function": row["function"], "group": row.get("group", "")}
        | {"old": old, "new": new, "more": new - old}
        for row, old, new in rows
    ]
    return sorted(made, key=lambda row: (row["group"] != "framework", -abs(row["more"])))


def _groups(document: Document) -> dict[str, str]:
    found = section(document, "cpu") or {"functions": []}
    return {row["function"]: row["group"] for row in found["functions"]}


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
            cautions.append(f"calls varied by {cpu['calls_vary_by']:g} per run {when}")
    return [*cautions, "shares of time are of two different hours: believe calls first"]


def _values(change: Change, document: Document) -> Values | None:
    """By function, which may hold memory on several lines; own time as a share of all."""
    found = section(document, change.kind)
    if not found or change.rows not in found:
        return None
    whole = (found["seconds"] or 1.0) if change.value == "own" else 1.0
    values: Values = {}
    for row in theirs(found[change.rows]):
        values[row["function"]] = values.get(row["function"], 0.0) + row[change.value] / whole
    return values


def _only(these: Values, those: Values) -> list[Row]:
    """[{function, calls}] of those in `these` only, most first."""
    only = sorted((-these[name], name) for name in these.keys() - those.keys())
    return [{"function": name, "calls": -calls} for calls, name in only]


def _changed(old: Values, new: Values, least: float) -> list[Row]:
    """[{function, old, new}], growth first."""
    both = {name: (old.get(name, 0.0), new.get(name, 0.0)) for name in old.keys() | new.keys()}
    return [
        {"function": name, "old": before, "new": after}
        for name, (before, after) in sorted(both.items(), key=lambda i: (i[1][0] - i[1][1], i[0]))
        if abs(after - before) > least
    ]
