"""The formats of a report by name."""

from __future__ import annotations

from collections.abc import Callable

from .machine_formats import as_json, as_junit
from .markdown import markdown
from .report import Report
from .table import table

FORMATS: dict[str, Callable[[Report, bool], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": markdown,
    "table": table,
}
