"""A profile as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    whole = cpu["seconds"] or 1.0
    packages = _rows(
        ["of CPU", "calls a run", "package", "whose"],
        (
            [_share(p["share"]), number(p["calls"]), p["package"], p["group"]]
            for p in cpu["packages"]
        ),
        top,
    )
    functions = _rows(
        ["own", "cumulative", "own of CPU", "calls a run", "function"],
        (
            [
                quantity(f["own"], "seconds"),
                quantity(f["cumulative"], "seconds"),
                _share(f["own"] / whole),
                number(f["calls"]),
                _short(f["function"]),
            ]
            for f in cpu["functions"]
            if f["group"] not in ("harness", "waiting")
        ),
        top,
    )
    return f"{head}\n\n{packages}\n\nBottlenecks (the harness left out):\n{functions}"


def _sampling(sampling: Row, top: int) -> str:
    whole = sampling["seconds"] or 1.0
    rows = _rows(
        ["own share", "function"],
        ([_share(f["own"] / whole), _short(f["function"])] for f in sampling["functions"]),
        top,
    )
    head = f"{HEADS['sampling']}: {sampling['samples']:,} samples in {sampling['runs']:,} runs"
    return f"{head}\n\n{rows}"


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


def _sites(sites: list[Row], top: int) -> str:
    return _rows(
        ["bytes", "blocks", "line", "function"],
        (
            [
                quantity(s["bytes"], "bytes"),
                number(s["blocks"]),
                str(s["line"]),
                _short(s["function"]),
            ]
            for s in sites
            if s["group"] != "harness"
        ),
        top,
    )


def _memray(memray: Row, top: int) -> str:
    head = (
        f"{HEADS['memray']}: {number(memray['allocations'])} allocations, "
        f"{quantity(memray['bytes'], 'bytes')} a run"
    )
    rows = _rows(
        ["bytes a run", "line", "function"],
        (
            [quantity(s["bytes"], "bytes"), str(s["line"]), _short(s["function"])]
            for s in memray["by_bytes"]
            if s["group"] != "harness"
        ),
        top,
    )
    parts = [head, "", rows]
    if highest := [s for s in memray.get("peak_sites", ()) if s["group"] != "harness"]:
        held = f"Live at the peak, {quantity(memray['peak_bytes'], 'bytes')} in all:"
        parts += ["", held, _sites(highest, top)]
    return "\n".join(parts)


def _lines(lines: Row, top: int) -> str:
    more = [quantity(row["increment_mib"] * 2**20, "bytes") for row in lines["rows"]]
    rows = plain(
        ["line", "times", "more", "code"],
        (
            [str(row["line"]), number(row["times"]), size, row["text"]]
            for row, size in zip(lines["rows"], more, strict=True)
        ),
    )
    return f"{HEADS['lines']}: {lines['function']}, {lines['runs']} runs\n\n{rows}"


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
        listed: Iterable[list[str]] = ([number(r["calls"]), _short(r["function"])] for r in rows)
        return _rows(["calls a run", "function"], listed, top)
    show = _share if unit == "share" else lambda value: quantity(value, unit)
    changed = ([show(r["old"]), show(r["new"]), _short(r["function"])] for r in rows)
    return _rows(["old", "new", "function"], changed, top)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]], top: int) -> str:
    kept = list(rows)
    more = f"\n... and {len(kept) - top} more" if len(kept) > top else ""
    return plain(head, kept[:top]) + more


def _share(value: float) -> str:
    return quantity(value, "share")


def _short(function: str) -> str:
    """The end of a path says more than its beginning."""
    return function if len(function) <= WIDEST else f"{function[:30]}...{function[33 - WIDEST :]}"


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
