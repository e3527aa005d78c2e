"""A summary of the monitor for people."""

from __future__ import annotations

from typing import Any

from harness.common.numbers import number, quantity
from harness.rendering import tables

GAUGES = {"rss": "bytes", "uss": "bytes", "vms": "bytes"} | dict.fromkeys(
    ("threads", "descriptors", "processes"), ""
)
"""What a process has at any moment, and its unit."""

LEVELS = ("first", "last", "mean", "peak")


def table(summary: dict[str, Any]) -> str:
    """All of a summary."""
    cpu, own = summary["cpu"], summary["monitor"]
    mean, peak, cost = (
        quantity(value, "percent")
        for value in (cpu["mean_percent"], cpu["peak_percent"], own["percent_of_a_core"])
    )
    gauges = []
    for name, unit in GAUGES.items():
        levels = summary[name] or dict.fromkeys(LEVELS)
        label = name.upper() if unit else name
        gauges.append((label, *(quantity(levels[each], unit) for each in LEVELS)))
    counts = [(name.replace("_", " "), number(n)) for name, n in summary["counts"].items()]
    return "\n".join(
        [
            f"{quantity(summary['seconds'], 'seconds')}, {summary['samples']} samples,"
            f" {summary['missed']} missed",
            f"CPU time {quantity(cpu['seconds'], 'seconds')}, mean {mean}, peak {peak} of a core",
            "",
            tables.plain(("", *LEVELS), gauges),
            "",
            tables.plain(("", "in all"), counts),
            "",
            f"the monitor itself, in a {own['where']}: {quantity(own['cpu_seconds'], 'seconds')}"
            f" of CPU time, {cost} of a core",
        ]
    )
