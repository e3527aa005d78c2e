"""The formats of a report by name."""

from __future__ import annotations

from collections.abc import Callable

from harness.check.machine_formats import as_json, as_junit
from harness.check.report import Report
from harness.check.table import markdown, table

FORMATS: dict[str, Callable[[Report, bool], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": markdown,
    "table": table,
}
