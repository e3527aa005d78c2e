"""A recording as one page with plots, which opens without a network."""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template

from harness.instruments.resources.recording import Recording
from harness.instruments.resources.table import table
from harness.instruments.resources.tree import FIELDS, Row

_VENDOR = Path(__file__).parents[2] / "site" / "vendor"

POINTS = 1500
"""Points a line: more than a screen shows. Of several samples in one, the highest is drawn."""

MIB = 2**20
# (title, unit, divisor, {field: label})
PLOTS: tuple[tuple[str, str, int, dict[str, str]], ...] = (
    ("CPU", "% of a core", 1, {"cpu_percent": "CPU"}),
    ("Memory", "MiB", MIB, {"rss": "RSS", "uss": "USS"}),
    ("Threads, descriptors", "", 1, {"threads": "threads", "descriptors": "descriptors"}),
    ("Read, written", "MiB in all", MIB, {"read_chars": "read", "write_chars": "written"}),
    ("Page faults", "in all", 1, {"minor_faults": "minor", "major_faults": "major"}),
    (
        "Context switches",
        "in all",
        1,
        {"voluntary_switches": "voluntary", "involuntary_switches": "involuntary"},
    ),
)

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Resources of process $pid</title>
<style>
body { font: 14px sans-serif; margin: 1.5em auto; max-width: 1000px; padding: 0 1em; }
.plot { height: 220px; }
h2 { font-size: 1.1em; margin: 1.5em 0 0.3em; }
pre { background: #f4f4f4; padding: 1em; overflow: auto; }
</style>
<script>$jquery</script>
<script>$flot</script>
</head><body>
<h1>Resources of process $pid</h1>
<pre>$table</pre>
<div id="plots"></div>
<script>
var plots = $plots;
plots.forEach(function (plot) {
  $$("<h2>").text(plot.title + (plot.unit ? " (" + plot.unit + ")" : "")).appendTo("#plots");
  var place = $$('<div class="plot">').appendTo("#plots");
  $$.plot(place, plot.lines, {
    xaxis: { tickFormatter: function (t) { return t + " s"; } }, yaxis: { min: 0 },
    legend: { position: "nw", backgroundOpacity: 0.6 }
  });
});
</script>
</body></html>
""")


def as_html(recording: Recording) -> str:
    """The page: the summary, and a plot for each group of fields that was told."""
    rows = recording.rows
    plots = []
    for title, unit, divisor, fields in PLOTS:
        lines = [
            {"label": label, "data": data}
            for field, label in fields.items()
            if (data := _points(rows, field, divisor))
        ]
        if lines:
            plots.append({"title": title, "unit": unit, "lines": lines})
    return _PAGE.substitute(
        pid=recording.pid,
        table=html.escape(table(recording.summary)),
        jquery=(_VENDOR / "jquery.min.js").read_text(encoding="utf-8"),
        flot=(_VENDOR / "jquery.flot.js").read_text(encoding="utf-8"),
        plots=json.dumps(plots),
    )


def _points(rows: list[Row], field: str, divisor: float) -> list[list[float]]:
    at = FIELDS.index(field)
    told = [(row[0], row[at]) for row in rows if row[at] == row[at]]
    step = max(1, -(-len(told) // POINTS))
    groups = (told[i : i + step] for i in range(0, len(told), step))
    highest = (max(group, key=lambda point: point[1]) for group in groups)
    return [[round(seconds, 3), round(value / divisor, 3)] for seconds, value in highest]
