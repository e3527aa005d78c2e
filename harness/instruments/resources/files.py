"""Recordings as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

from harness.instruments.resources.recording import Recording
from harness.instruments.resources.tree import FIELDS, Row

SCHEMA = 1


def _cells(row: Row) -> list[float | int | None]:
    """NaN is not told; a whole number needs no point."""
    told = (value if value == value else None for value in row)
    return [int(v) if v is not None and v.is_integer() else v for v in told]


def as_json(recording: Recording) -> str:
    """{"schema": 1, "summary": {...}, "fields": [...], "samples": [[...], ...]}, null: not read."""
    rows = ",\n".join(json.dumps(_cells(row)) for row in recording.rows)
    head = {"schema": SCHEMA, "summary": recording.summary, "fields": FIELDS}
    return f'{json.dumps(head, indent=1)[:-2]},\n "samples": [\n{rows}\n]}}\n'


def as_csv(recording: Recording) -> str:
    """A line of names, then one line a sample; empty: not read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows(_cells(row) for row in recording.rows)
    return text.getvalue()
