"""Files of a load: JSON, CSV, a percentile distribution, a page."""

from __future__ import annotations

import csv
import io
from typing import IO

from harness.common import options
from harness.tools.load.page import page
from harness.tools.load.report import Report

COLUMNS = ("request", "due", "sent", "end", "latency", "late", "kind", "warmup")


def write_json(report: Report, file: IO[str]) -> None:
    """The report, as docs/load-schema.json describes it."""
    file.write(options.as_json(report.data))


def write_csv(report: Report, file: IO[str]) -> None:
    """One row a request, the warm-up's too; moments in seconds since the load began."""
    warmup = report.outcome.plan.arrivals.warmup
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for each in report.outcome.records:
        moments = (each.due, each.sent, each.end, each.latency, each.late)
        times = (f"{moment:.6f}" for moment in moments)
        rows.writerow((each.request, *times, each.kind, int(each.due < warmup)))


def write_hdr(report: Report, file: IO[str]) -> None:
    """Latencies in milliseconds as an HDR percentile distribution, which its plotters read."""
    from harness.tools.agent_server.load import Tally

    tally = Tally()
    for latency in report.latencies:
        tally.add(latency)
    buffer = io.BytesIO()
    tally.histogram.output_percentile_distribution(buffer, 1000)
    file.write(buffer.getvalue().decode("ascii"))


def write_html(report: Report, file: IO[str]) -> None:
    """One page that opens offline."""
    file.write(page(report))
