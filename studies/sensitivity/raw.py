"""The study's raw data: one JSON object a line, only ever appended."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = "trials.jsonl"

Record = dict[str, Any]
"""`kind` is session (machine and settings), values (medians of a clean run), pair (a comparison
with what each rule said), series (how often a detector found a step; no longer made) or remark
(about the circumstances of a profile and load)."""


class BadData(ValueError):
    """A raw data file cannot be read; the message says which line."""


def append(folder: Path, record: Record) -> None:
    """Add one record, whole, also when the machine stops a moment later."""
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n"
    with open(folder / FILE, "a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> list[Record]:
    """All records, oldest first; none where there is no file. Raises BadData."""
    path = folder / FILE
    return list(_records(path)) if path.exists() else []


def _records(path: Path) -> Iterator[Record]:
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:
            if number == len(lines):
                return  # a write that was cut short; the pair is measured again
            raise BadData(f"{path.name}, line {number}: not JSON") from None
        if not isinstance(record, dict) or "kind" not in record:
            raise BadData(f"{path.name}, line {number}: no kind")
        yield record


def mend(folder: Path) -> None:
    """Cut off a last line that was not written whole, so that the next record stands alone."""
    path = folder / FILE
    if path.exists():
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)
