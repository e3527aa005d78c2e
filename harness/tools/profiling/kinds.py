"""What a profile holds, stated once: its text and its comparison derive from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.instruments.profilers.document import Row

TEXT, MIB = "text", "mib"
"""Units of a column beside those of `numbers.quantity`."""

Columns = dict[str, tuple[str, str]]
"""Heading and unit by field of a row."""

FUNCTION: Columns = {"function": ("function", TEXT)}
CALLS: Columns = {"calls": ("calls a run", "")}
LINE: Columns = {"line": ("line", "")} | FUNCTION


@dataclass(frozen=True)
class Table:
    """The list `rows` of a section.

    A column `share` is of the section's seconds, where a row has none of its own. theirs: without
    the harness and waiting. whole: all rows, not the first ones.
    """

    rows: str
    columns: Columns
    title: str = ""
    theirs: bool = True
    whole: bool = False


HEADINGS = {
    "cpu": "CPU, every call (cProfile)",
    "sampling": "CPU and waiting, sampled (pyinstrument)",
    "memory": "Memory (tracemalloc)",
    "memray": "Allocations (memray)",
    "lines": "Resident memory by line (memory_profiler)",
}

_WHOSE: Columns = {"package": ("package", TEXT), "group": ("whose", TEXT)}
_TIMES: Columns = {"own": ("own", "seconds"), "cumulative": ("cumulative", "seconds")}
_HELD: Columns = {"bytes": ("bytes", "bytes"), "blocks": ("blocks", "")} | LINE
_CODE: Columns = {
    "line": ("line", ""),
    "times": ("times", ""),
    "increment_mib": ("more", MIB),
    "text": ("code", TEXT),
}

TABLES = {
    "cpu": (
        Table("packages", {"share": ("of CPU", "share")} | CALLS | _WHOSE, theirs=False),
        Table(
            "functions",
            _TIMES | {"share": ("own of CPU", "share")} | CALLS | FUNCTION,
            "Bottlenecks (the harness left out):",
        ),
    ),
    "sampling": (Table("functions", {"share": ("own share", "share")} | FUNCTION, theirs=False),),
    "memory": (Table("growing_sites", _HELD, "LEAK? More with every run:", theirs=False),),
    "memray": (
        Table("by_bytes", {"bytes": ("bytes a run", "bytes")} | LINE),
        Table("peak_sites", _HELD, "Live at the peak:"),
    ),
    "lines": (Table("rows", _CODE, theirs=False, whole=True),),
}

FIGURES = (
    ("cpu", "calls", "calls a run", ""),
    ("memory", "peak_bytes", "peak", "bytes"),
    ("memray", "allocations", "allocations a run", ""),
)
"""Kind, field, heading and unit of what is compared as a whole."""

SAME = 1e-6
"""Counts a run are whole numbers divided by the number of runs."""


@dataclass(frozen=True)
class Change:
    """A list in a comparison: by function, `value` of the list `rows` of a section.

    among: functions of "both" profiles, "new" or "gone" ones, or "all". least: change that counts.
    """

    name: str
    title: str
    kind: str
    rows: str
    value: str
    unit: str = "bytes"
    among: str = "all"
    least: float = SAME


_CALLED = ("cpu", "functions", "calls", "")

CHANGES = (
    Change("more_calls", "Called more (or less) often a run", *_CALLED, among="both"),
    Change("new", "Called now and not then", *_CALLED, among="new"),
    Change("vanished", "Called then and not now", *_CALLED, among="gone"),
    Change("shares", "Own share of CPU time", "cpu", "functions", "own", "share", least=0.02),
    Change("held_at_peak", "Bytes held at the peak", "memray", "peak_sites", "bytes"),
    Change("growing", "Bytes more with every run", "memory", "growing_sites", "bytes"),
    Change("allocated", "Bytes allocated a run", "memray", "by_bytes", "bytes"),
)


def theirs(rows: Iterable[Row]) -> list[Row]:
    """Rows that are neither the harness's nor waiting."""
    return [row for row in rows if row["group"] not in ("harness", "waiting")]
