"""A profile as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.common.numbers import number, quantity
from harness.instruments.profilers.document import KINDS, Document, Row, section
from harness.rendering.lines import wrap
from harness.rendering.tables import plain

TOP = 15
WIDEST = 66


def text(document: Document, top: int = TOP) -> str:
    """The whole report; `top` rows a table."""
    parts = [_title(document), _time(document), _recommendations(document)]
    for kind in KINDS:
        if found := section(document, kind):
            parts.append(SECTIONS[kind](found, top))
        elif kind in document:
            parts.append(f"{HEADS[kind]}: n/a\n  {document[kind]['not_available']}")
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
        f"garbage collection {_share(time['gc_share'])} of CPU"
    )


def _recommendations(document: Document) -> str:
    lines = [f"- {each['where']}\n  {each['text']}" for each in document["recommendations"]]
    return "\n".join(["Worth a look:", *lines]) if lines else "Worth a look: nothing stands out"


def _cpu(cpu: Row, top: int) -> str:
    head = (
        f"{HEADS['cpu']}: {number(cpu['calls'])} calls a run, "
        f"{quantity(cpu['seconds'], 'seconds')} under the profiler"
    )
    if cpu["calls_vary_by"]:
        head += f"\n(calls varied by {number(cpu['calls_vary_by'])} a run between readings)"
    if cpu["clock"] == "cpu":
        head += (
            "\n(waiting, or a busy machine: timed by CPU clock, which makes small functions "
            "expensive)"
        )
    if cpu["threads_mixed"]:
        head += "\n(several threads on Python 3.12 or later: calls are right, times are mixed up)"
    if cpu["waiting_seconds"]:
        head += f"\nand {quantity(cpu['waiting_seconds'], 'seconds')} waiting, in all its threads"
    packages = _table(
        cpu["packages"],
        top,
        share=("of CPU", "share"),
        calls=("calls a run", ""),
        package=("package", TEXT),
        group=("whose", TEXT),
    )
    functions = _table(
        _of_all(cpu["functions"], cpu["seconds"]),
        top,
        own=("own", "seconds"),
        cumulative=("cumulative", "seconds"),
        share=("own of CPU", "share"),
        calls=("calls a run", ""),
        function=FUNCTION,
    )
    return f"{head}\n\n{packages}\n\nBottlenecks (the harness left out):\n{functions}"


def _of_all(functions: list[Row], whole: float) -> list[Row]:
    """Functions that are not the harness's, with their share of the whole time."""
    shares = (row | {"share": row["own"] / (whole or 1.0)} for row in functions)
    return [row for row in shares if row["group"] not in ("harness", "waiting")]


def _sampling(sampling: Row, top: int) -> str:
    whole = sampling["seconds"] or 1.0
    rows = [row | {"share": row["own"] / whole} for row in sampling["functions"]]
    head = (
        f"{HEADS['sampling']}: {number(sampling['samples'])} samples in "
        f"{number(sampling['runs'])} runs"
    )
    return f"{head}\n\n{_table(rows, top, share=('own share', 'share'), function=FUNCTION)}"


def _memory(memory: Row, top: int) -> str:
    growth = memory["growth"]
    lines = [
        f"{HEADS['memory']}: {quantity(memory['peak_bytes'], 'bytes')} at the peak of "
        f"{_what(memory['at_once'])}, then {quantity(memory['current_bytes'], 'bytes')} left",
        f"Growth a run: {quantity(growth['first_half'], 'bytes')} in the first half of "
        f"{memory['runs']} runs, {quantity(growth['second_half'], 'bytes')} in the second",
    ]
    lines += [
        f"LEAK? {each['function']}, line {each['line']}: "
        f"{quantity(each['bytes'], 'bytes')} and {number(each['blocks'])} blocks more a run"
        for each in memory["growing_sites"][:top]
    ]
    return "\n".join(lines)


def _what(at_once: int) -> str:
    return "a run" if at_once == 1 else f"{at_once} runs at once"


def _memray(memray: Row, top: int) -> str:
    head = (
        f"{HEADS['memray']}: {number(memray['allocations'])} allocations, "
        f"{quantity(memray['bytes'], 'bytes')} a run"
    )
    found = [row for row in memray["by_bytes"] if row["group"] != "harness"]
    line = ("line", "")
    parts = [
        head,
        "",
        _table(found, top, bytes=("bytes a run", "bytes"), line=line, function=FUNCTION),
    ]
    if highest := [row for row in memray.get("peak_sites", ()) if row["group"] != "harness"]:
        columns = {"bytes": ("bytes", "bytes"), "blocks": ("blocks", ""), "line": line}
        held = f"Live at the peak, {quantity(memray['peak_bytes'], 'bytes')} in all:"
        parts += ["", held, _table(highest, top, **columns, function=FUNCTION)]
    return "\n".join(parts)


def _lines(lines: Row, top: int) -> str:
    rows = [row | {"more": row["increment_mib"] * 2**20} for row in lines["rows"]]
    table = _table(
        rows,
        len(rows),
        line=("line", ""),
        times=("times", ""),
        more=("more", "bytes"),
        text=("code", TEXT),
    )
    return f"{HEADS['lines']}: {lines['function']}, {lines['runs']} runs\n\n{table}"


def changes(against: Row, top: int) -> str:
    """What the `against` section of a profile says."""
    parts = [
        f"Against {against['about']['package'] or against['about']['runtime']} "
        f"{against['about']['version']}".rstrip()
    ]
    parts += [f"caution: {line}" for line in against["cautions"]]
    for field, name, unit in (
        ("calls", "calls a run", ""),
        ("peak_bytes", "peak", "bytes"),
        ("allocations", "allocations a run", ""),
    ):
        if field in against:
            old, new = against[field]
            parts.append(f"{name}: {quantity(old, unit)} -> {quantity(new, unit)}")
    for field, name, unit in CHANGES:
        if rows := against.get(field):
            parts += ["", f"{name}:", _changed(rows, unit, top)]
    return "\n".join(parts)


def _changed(rows: list[Row], unit: str, top: int) -> str:
    if "calls" in rows[0]:
        return _table(rows, top, calls=("calls a run", ""), function=FUNCTION)
    return _table(rows, top, old=("old", unit), new=("new", unit), function=FUNCTION)


TEXT = "text"
FUNCTION = ("function", TEXT)
"""The title of a column, and the unit of what is in it."""


def _table(rows: list[Row], top: int, **columns: tuple[str, str]) -> str:
    """The first `top` rows. columns: field of a row -> title and unit."""
    cells = [
        [
            quantity(row[name], unit) if unit != TEXT else _short(row, name)
            for name, (_, unit) in columns.items()
        ]
        for row in rows[:top]
    ]
    more = f"\n... and {len(rows) - top} more" if len(rows) > top else ""
    return plain([title for title, _ in columns.values()], cells) + more


def _share(value: float) -> str:
    return quantity(value, "share")


def _short(row: Row, name: str) -> str:
    """A text; of a function's, the end of the path says more than its beginning."""
    text = str(row[name])
    if name != "function" or len(text) <= WIDEST:
        return text
    return f"{text[:30]}...{text[33 - WIDEST :]}"


HEADS = {
    "cpu": "CPU, every call (cProfile)",
    "sampling": "CPU and waiting, sampled (pyinstrument)",
    "memory": "Memory (tracemalloc)",
    "memray": "Allocations (memray)",
    "lines": "Resident memory by line (memory_profiler)",
}

SECTIONS: dict[str, Callable[[Any, int], str]] = {
    "cpu": _cpu,
    "sampling": _sampling,
    "memory": _memory,
    "memray": _memray,
    "lines": _lines,
}

CHANGES = (
    ("more_calls", "Called more (or less) often a run", ""),
    ("new", "Called now and not then", ""),
    ("vanished", "Called then and not now", ""),
    ("shares", "Own share of CPU time", "share"),
    ("held_at_peak", "Bytes held at the peak", "bytes"),
    ("growing", "Bytes more with every run", "bytes"),
    ("allocated", "Bytes allocated a run", "bytes"),
)
