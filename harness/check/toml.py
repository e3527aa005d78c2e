"""TOML files that people write: what is missing, unknown or of another kind is told in one line.

A kind reads a value, `where` is its place in the file; it raises ValueError.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from harness.results.errors import BadInput

Kind = Callable[[Any, str], Any]


def read(path: Path, kind: Kind) -> Any:
    """The content of a file; BadInput if it cannot be read or is not of this kind."""
    try:
        return kind(tomllib.loads(path.read_text("utf-8")), "")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from None


def table(kinds: Mapping[str, Kind], needed: Collection[str] = ()) -> Kind:
    """A table with some of these keys and no others."""

    def parse(value: Any, where: str) -> dict[str, Any]:
        values = _table(value, where)
        if unknown := sorted(values.keys() - kinds.keys()):
            known = ", ".join(sorted(kinds))
            raise ValueError(f"{where and f'{where}: '}unknown key {unknown[0]!r}; known: {known}")
        if missing := [key for key in needed if key not in values]:
            raise ValueError(f"{where} has no {missing[0]}")
        return {key: kinds[key](each, _in(where, key)) for key, each in values.items()}

    return parse


def table_of(kind: Kind) -> Kind:
    """A table with any keys and values of one kind."""
    return lambda value, where: {
        key: kind(each, _in(where, key)) for key, each in _table(value, where).items()
    }


def text(value: Any, where: str) -> str:
    """Text."""
    if not isinstance(value, str):
        raise ValueError(f"{where} must be text in quotes, not {value!r}")
    return value


def number(value: Any, where: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{where} must be a number, not {value!r}")
    return float(value)


def fraction(value: Any, where: str) -> float:
    """A relative change."""
    if not 0 < number(value, where) < 10:
        raise ValueError(f"{where} must be a fraction above 0, such as 0.1 for 10 %, not {value!r}")
    return float(value)


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table, not {value!r}")
    return value


def _in(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
