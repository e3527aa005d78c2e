"""The form of a profile as JSON; docs/profiling.md says what each field means."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FORMAT = "agent-benchmarks profile"

VERSION = 2
"""Raise it when a field changes its meaning or goes."""

READABLE = (1, VERSION)
"""Version 1 had `peak_sites` in `memory`, which nobody reads any more."""

KINDS = ("cpu", "sampling", "memory", "memray", "lines")

Document = dict[str, Any]
Row = dict[str, Any]


class ProfileError(ValueError):
    """Bad input, or a run that failed: one line for the user."""


def section(document: Document, kind: str) -> Row | None:
    """What was measured of this kind; None where it was not asked for or not available."""
    found: Row | None = document.get(kind)
    return None if found is None or "not_available" in found else found


def read(path: Path) -> Document:
    """A profile from a file; ProfileError if it is missing, broken, or of another form."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ProfileError(f"{path} is not a profile")
    if document.get("version") not in READABLE:
        raise ProfileError(
            f"{path} has version {document.get('version')} of the format, this reads {VERSION}"
        )
    if not isinstance(document.get("about"), dict) or not isinstance(document.get("time"), dict):
        raise ProfileError(f"{path} is not a whole profile")
    return document


def theirs(rows: Iterable[Row]) -> list[Row]:
    """Rows that are neither the harness's nor waiting."""
    return [row for row in rows if row["group"] not in ("harness", "waiting")]
