"""Files of a load: JSON, CSV, a percentile distribution, a page; each whole or not there."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .page import page
from .report import Report, latencies

COLUMNS = ("request", "due", "sent", "end", "latency", "late", "kind", "warmup")

# What an HDR histogram holds: microseconds up to an hour, to three digits.
_LARGEST, _DIGITS = 3_600_000_000, 3


@contextlib.contextmanager
def whole(path: Path) -> Iterator[IO[str]]:
    """A text file that takes its name only when it is complete."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def writable(path: Path) -> None:
    """Raise ValueError, one line, if no file can be written there."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written: no folder {path.parent} to write in")


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
