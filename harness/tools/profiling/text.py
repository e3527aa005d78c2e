"""A profile as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.common.numbers import number, quantity
from harness.instruments.profilers.document import KINDS, Document, Row, section
from harness.rendering.lines import wrap
from harness.rendering.tables import plain
from harness.tools.profiling.kinds import (
    CALLS,
    CHANGES,
    FIGURES,
    FUNCTION,
    HEADINGS,
    MIB,
    TABLES,
    TEXT,
    Columns,
    theirs,
)

TOP = 15
WIDEST = 66


def text(document: Document, top: int = TOP) -> str:
    """The whole report; `top` rows a table."""
    parts = [_title(document), _time(document), _recommendations(document)]
    for kind in KINDS:
        if found := section(document, kind):
            parts.append(f"{HEADINGS[kind]}: {HEADS[kind](found)}")
            parts += _tables(kind, found, top)
        elif kind in document:
            parts.append(f"{HEADINGS[kind]}: n/a\n  {document[kind]['not_available']}")
    if "against" in document:
        parts.append(changes(document["against"], top))
    return wrap("\n\n".join(parts)) + "\n"


def title(document: Document) -> str:
    """One line: what was profiled."""
    about = document["about"]
    what = f"{about['package'] or about['runtime']} {about['version']}".strip()
    return f"{what}: {about['scenario']}, {about['entry']}, Python {about['python']}"


def _title(document: Document) -> str:
    line = f"Profile of {title(document)}"
    return f"{line}\n{'=' * len(line)}"


def _time(document: Document) -> str:
    time = document["time"]
    return (
        f"One run, not profiled: {quantity(time['cpu_seconds'], 'seconds')} CPU, "
        f"{quantity(time['wall_seconds'], 'seconds')} on the clock; "
        f"garbage collection {quantity(time['gc_share'], 'share')} of CPU"
    )


def _recommendations(document: Document) -> str:
    lines = [f"- {each['where']}\n  {each['text']}" for each in document["recommendations"]]
    return "\n".join(["Worth a look:", *lines]) if lines else "Worth a look: nothing stands out"


def _cpu(cpu: Row) -> str:
    lines = [
        f"{number(cpu['calls'])} calls a run, {quantity(cpu['seconds'], 'seconds')} under the "
        "profiler"
    ]
    if cpu["calls_vary_by"]:
        lines.append(f"(calls varied by {number(cpu['calls_vary_by'])} a run between readings)")
    if cpu["clock"] == "cpu":
        lines.append(
            "(waiting, or a busy machine: timed by CPU clock, which makes small functions "
            "expensive)"
        )
    if cpu["threads_mixed"]:
        lines.append(
            "(several threads on Python 3.12 or later: calls are right, times are mixed up)"
        )
    if cpu["waiting_seconds"]:
        waiting = quantity(cpu["waiting_seconds"], "seconds")
        lines.append(f"and {waiting} waiting, in all its threads")
    return "\n".join(lines)


def _sampling(sampling: Row) -> str:
    return f"{number(sampling['samples'])} samples in {number(sampling['runs'])} runs"


def _memory(memory: Row) -> str:
    growth, at_once = memory["growth"], memory["at_once"]
    return (
        f"{quantity(memory['peak_bytes'], 'bytes')} at the peak of "
        f"{'a run' if at_once == 1 else f'{at_once} runs at once'}, then "
        f"{quantity(memory['current_bytes'], 'bytes')} left\n"
        f"Growth a run: {quantity(growth['first_half'], 'bytes')} in the first half of "
        f"{memory['runs']} runs, {quantity(growth['second_half'], 'bytes')} in the second"
    )


def _memray(memray: Row) -> str:
    return (
        f"{number(memray['allocations'])} allocations, {quantity(memray['bytes'], 'bytes')} a run; "
        f"{quantity(memray['peak_bytes'], 'bytes')} live at the peak of all runs"
    )


def _lines(lines: Row) -> str:
    return f"{lines['function']}, {lines['runs']} runs"


HEADS: dict[str, Callable[[Row], str]] = {
    "cpu": _cpu,
    "sampling": _sampling,
    "memory": _memory,
    "memray": _memray,
    "lines": _lines,
}
"""What stands above the tables of a kind."""


def _tables(kind: str, found: Row, top: int) -> Iterator[str]:
    for table in TABLES[kind]:
        rows = found.get(table.rows, [])
        if table.theirs:
            rows = theirs(rows)
        if "share" in table.columns:
            whole = found["seconds"] or 1.0
            rows = [{"share": row["own"] / whole} | row for row in rows]
        if rows:
            shown = _table(rows, table.columns, len(rows) if table.whole else top)
            yield f"{table.title}\n{shown}".lstrip("\n")


def changes(against: Row, top: int) -> str:
    """What the `against` section of a profile says."""
    about = against["about"]
    parts = [f"Against {about['package'] or about['runtime']} {about['version']}".rstrip()]
    parts += [f"caution: {line}" for line in against["cautions"]]
    for _, field, title, unit in FIGURES:
        if field in against:
            old, new = against[field]
            parts.append(f"{title}: {quantity(old, unit)} -> {quantity(new, unit)}")
    for each in CHANGES:
        columns = {"old": ("old", each.unit), "new": ("new", each.unit)}
        if each.among in ("new", "gone"):
            columns = CALLS
        if rows := against.get(each.name):
            parts += ["", f"{each.title}:", _table(rows, columns | FUNCTION, top)]
    return "\n".join(parts)


def _table(rows: list[Row], columns: Columns, top: int) -> str:
    """The first `top` rows."""
    cells = [
        [_cell(row[name], name, unit) for name, (_, unit) in columns.items()] for row in rows[:top]
    ]
    more = f"\n... and {len(rows) - top} more" if len(rows) > top else ""
    return plain([title for title, _ in columns.values()], cells) + more


def _cell(value: Any, name: str, unit: str) -> str:
    if unit == MIB:
        return quantity(value * 2**20, "bytes")
    if unit != TEXT:
        return quantity(value, unit)
    # Of a function, the end of the path says more than its beginning.
    if name == "function" and len(value) > WIDEST:
        return f"{value[:30]}...{value[33 - WIDEST :]}"
    return str(value)
