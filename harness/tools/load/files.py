"""Files of a load: JSON, CSV, a percentile distribution, a page; each whole or not there."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

from harness.common.files import whole
from harness.tools.load.page import page
from harness.tools.load.report import Report, latencies

COLUMNS = ("request", "due", "sent", "end", "latency", "late", "kind", "warmup")

# What an HDR histogram holds: microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


def write_json(report: Report, path: Path) -> None:
    """The report, as docs/load-schema.json describes it."""
    with whole(path) as file:
        json.dump(report.data, file, indent=1, allow_nan=False)
        file.write("\n")


def write_csv(report: Report, path: Path) -> None:
    """One row a request, the warm-up's too; moments in seconds since the load began."""
    warmup = report.outcome.plan.arrivals.warmup
    with whole(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for each in report.outcome.records:
            moments = (each.due, each.sent, each.end, each.latency, each.late)
            times = (f"{moment:.6f}" for moment in moments)
            rows.writerow((each.request, *times, each.kind, int(each.due < warmup)))


def write_hdr(report: Report, path: Path) -> None:
    """Latencies in milliseconds as an HDR percentile distribution, which its plotters read."""
    from hdrh.histogram import HdrHistogram

    histogram = HdrHistogram(1, _LARGEST, _DIGITS)
    for latency in latencies(report.outcome):
        histogram.record_value(min(_LARGEST, max(1, round(latency * 1e6))))
    with tempfile.TemporaryFile("w+b") as buffer, whole(path) as file:
        histogram.output_percentile_distribution(buffer, 1000)
        buffer.seek(0)
        file.write(buffer.read().decode("ascii"))


def write_html(report: Report, path: Path) -> None:
    """One page that opens offline."""
    with whole(path) as file:
        file.write(page(report))
