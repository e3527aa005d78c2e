"""TOML files that people write, read into dataclasses: what is wrong is told in one line.

A kind is a dataclass (a table with its fields, those without a default needed), `dict[str, KIND]`
(a table with any keys), `str`, `float` or `Fraction`. `where` is a value's place in the file.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
import typing
from pathlib import Path
from typing import Annotated, Any, TypeVar

from harness.results.target import BadInput

T = TypeVar("T")


Fraction = Annotated[float, "a relative change"]


def read(path: Path, kind: type[T]) -> T:
    """The content of a file; BadInput if it cannot be read or is not of this kind."""
    try:
        found: T = _parse(kind, tomllib.loads(path.read_text("utf-8")), "")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from None
    return found


def _parse(kind: Any, value: Any, where: str) -> Any:
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(f"{where} must be text in quotes, not {value!r}")
        return value
    if kind in (float, Fraction):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ValueError(f"{where} must be a number, not {value!r}")
        if kind == Fraction and not 0 < value < 10:
            example = "a fraction above 0, such as 0.1 for 10 %"
            raise ValueError(f"{where} must be {example}, not {value!r}")
        return float(value)
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be a table, not {value!r}")
    inside = f"{where}." if where else ""
    if not dataclasses.is_dataclass(kind):
        (each,) = typing.get_args(kind)[1:]
        return {key: _parse(each, one, inside + key) for key, one in value.items()}
    fields, kinds = dataclasses.fields(kind), typing.get_type_hints(kind, include_extras=True)
    if unknown := sorted(value.keys() - kinds.keys()):
        known = ", ".join(sorted(kinds))
        raise ValueError(f"{where and f'{where}: '}unknown key {unknown[0]!r}; known: {known}")
    for field in fields:
        is_needed = field.default is field.default_factory is dataclasses.MISSING
        if is_needed and field.name not in value:
            raise ValueError(f"{where} has no {field.name}")
    make: Any = kind
    return make(**{key: _parse(kinds[key], one, inside + key) for key, one in value.items()})
