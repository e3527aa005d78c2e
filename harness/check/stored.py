"""Documents of targets as they are written: a new release changes few lines."""

import json
from typing import Any

from harness.check.known import Document
from harness.common import kinds

Lines = dict[str, Any]
LINES: Lines = {
    "groups": {"releases": {}, "rows": {}, "pairs": {}},
    "findings": {},
}
"""The lists of which each item has a line of its own."""


def text(document: Document) -> str:
    """A document as it is kept."""
    return laid(kinds.plain(document), LINES)


def laid(content: dict[str, Any], lines: Lines) -> str:
    """JSON in which items of some lists, those of `lines`, have a line each."""
    return _laid(content, lines) + "\n"


def _laid(value: Any, lines: Lines | None) -> str:
    if lines and isinstance(value, dict):
        parts = (f"{json.dumps(k)}: {_laid_list(v, lines.get(k))}" for k, v in value.items())
        return "{" + ",\n".join(parts) + "}"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _laid_list(value: Any, lines: Lines | None) -> str:
    if lines is None or not value:
        return _laid(value, None)
    return "[\n" + ",\n".join(_laid(each, lines) for each in value) + "\n]"
