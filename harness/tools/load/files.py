"""Files of a load: CSV, a percentile distribution, a page."""

import csv
import io
import re
from pathlib import Path
from typing import IO

from harness.common.numbers import quantity
from harness.rendering import pages
from harness.tools.agent_server.load import Tally
from harness.tools.load import metrics
from harness.tools.load.report import Report, points

HERE = Path(__file__).parent
COLUMNS = ("request", "due", "sent", "end", "latency", "late", "kind", "warmup")


def write_csv(report: Report, file: IO[str]) -> None:
    """One row per request, the warm-up's too; moments in seconds since the load began."""
    warmup = report.outcome.plan.arrivals.warmup
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for each in report.outcome.records:
        moments = (each.due, each.sent, each.end, each.latency, each.late)
        times = (f"{moment:.6f}" for moment in moments)
        rows.writerow((each.request, *times, each.kind, int(each.due < warmup)))


def write_hdr(report: Report, file: IO[str]) -> None:
    """Latencies in milliseconds as an HDR percentile distribution, which its plotters read."""
    tally = Tally()
    for latency in report.latencies:
        tally.add(latency)
    buffer = io.BytesIO()
    tally.histogram.output_percentile_distribution(buffer, 1000)
    # The library tells all in milliseconds but this.
    deviation = f"StdDeviation   = {tally.histogram.get_stddev() / 1000:12.3f}"
    text = buffer.getvalue().decode("ascii")
    file.write(re.sub(r"StdDeviation +=[^\]]*", deviation, text))


def write_html(report: Report, file: IO[str]) -> None:
    """One page with verdict, plots and every metric defined: it opens without a network."""
    data, requests = report.data, report.data["figures"]["requests"]
    plotted = {name: data[name] for name in ("seconds", "curve")} | {
        "points": points(report.outcome),
        "warmup": data["plan"]["warmup"],
        "end": data["plan"]["seconds"],
    }
    rows = [
        [each.title, quantity(report.figures[each.path], each.unit), each.meaning]
        for each in metrics.SHOWN
    ]
    unsent = {"unsent": requests["unsent"]} if requests["unsent"] else {}
    scripts = (*pages.CHARTS, HERE / "plots.js")
    kinds = requests["errors"] | unsent
    file.write(pages.page(HERE / "page.html", plotted, scripts, **data, metrics=rows, kinds=kinds))
