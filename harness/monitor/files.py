"""Recordings as JSON and CSV, in files that are there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

from harness.monitor.recording import Recording
from harness.monitor.tree import FIELDS, Row

SCHEMA = 1


def write(path: str | Path, text: str) -> None:
    """Write beside, then rename. Raises ValueError if the file cannot be written."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ValueError(f"cannot write {path}: {error.strerror}") from None


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
