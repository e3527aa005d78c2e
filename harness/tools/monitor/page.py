"""A recording for people: a table, or one page with plots that opens without a network."""

from pathlib import Path
from typing import Any

from harness.common.numbers import number, quantity
from harness.instruments.resources.tree import FIELDS, Row
from harness.rendering import pages, tables

HERE = Path(__file__).parent

POINTS = 1500
"""Points a line: more than a screen shows. Of several samples in one, the highest is drawn."""

GAUGES = {"rss": "bytes", "uss": "bytes", "vms": "bytes"} | dict.fromkeys(
    ("threads", "descriptors", "processes"), ""
)
"""What a process has at any moment, and its unit."""

LEVELS = ("first", "last", "mean", "peak")


def table(summary: dict[str, Any]) -> str:
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


def as_html(summary: dict[str, Any], rows: list[Row]) -> str:
    """The page: the summary, and plots of the fields that are known."""
    points = {field: _points(rows, field) for field in FIELDS[1:]}
    drawn = {field: pairs for field, pairs in points.items() if pairs}
    scripts = (*pages.CHARTS, HERE / "plots.js")
    head = {"pid": summary["pid"], "table": table(summary)}
    return pages.page(HERE / "page.html", drawn, scripts, **head)


def _points(rows: list[Row], field: str) -> list[list[float]]:
    at = FIELDS.index(field)
    known = [(row[0], row[at]) for row in rows if row[at] == row[at]]
    step = max(1, -(-len(known) // POINTS))
    groups = (known[i : i + step] for i in range(0, len(known), step))
    highest = (max(group, key=lambda point: point[1]) for group in groups)
    return [[round(seconds, 3), round(value, 3)] for seconds, value in highest]
