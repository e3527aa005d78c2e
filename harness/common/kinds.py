"""What a document holds, by kind: read into dataclasses, and what is wrong is said in one line.
`plain` is the way back.

A kind is a dataclass (a table with its fields, those without a default needed), `dict[str, KIND]`
(a table with any keys), `list[KIND]`, `frozenset[KIND]`, a tuple of any or so many of one KIND,
`KIND | None`, `str`, `bool`, `int`, `float`, `Fraction`, `Any`, or one of READERS.
"""

import dataclasses
import functools
import math
import sys
import tomllib
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar

from harness.common import files

T = TypeVar("T")

Fraction = Annotated[float, "a relative change"]

READERS: dict[Any, Callable[[Any, str], Any]] = {}
"""What makes a value of a kind that only its own module knows."""

_LARGEST = sys.float_info.max
_SCALARS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def read(path: Path, kind: type[T]) -> T:
    """The content of a TOML file; ValueError if it cannot be read or is not of this kind."""
    found: T = files.parsed(path, lambda text: of(kind, tomllib.loads(text), ""))
    return found


def of(kind: Any, value: Any, where: str) -> Any:
    """A value of a document as this kind; ValueError if it is none. where: its place in it."""
    if kind in _SCALARS:  # most values are, so that they go first
        wanted = (int, float) if kind is float else kind
        is_one = isinstance(value, wanted) and isinstance(value, bool) == (kind is bool)
        if not is_one or (kind is not str and not abs(value) <= _LARGEST):
            raise ValueError(f"{where} must be {_SCALARS[kind]}, not {value!r:.80}")
        return kind(value)
    if kind in READERS:
        return READERS[kind](value, where)
    make, parts = _parts(kind)
    if make is UnionType:
        return None if value is None else of(parts[0], value, where)
    if make in (list, tuple, frozenset):
        each, *others = parts
        length = len(others) + 1 if others and others != [...] else None
        if not isinstance(value, list | tuple) or length not in (None, len(value)):
            many = f" of {length}" if length else ""
            raise ValueError(f"{where} must be a list{many}, not {value!r:.80}")
        if not length and _are(each, value):
            return make(value)
        wanted = [each, *others] if length else [each] * len(value)
        both = enumerate(zip(wanted, value, strict=True))
        return make(of(each, one, f"{where}[{index}]") for index, (each, one) in both)
    if kind == Fraction:
        number = of(float, value, where)
        if not 0 < number < 10:
            example = "a fraction above 0, such as 0.1 for 10 %"
            raise ValueError(f"{where} must be {example}, not {value!r}")
        return number
    return value if kind is Any else _table(kind, value, where)


@functools.cache
def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a kind is made of: the class, of kinds; of `KIND | None` the kind alone."""
    if isinstance(kind, UnionType):
        return UnionType, tuple(each for each in typing.get_args(kind) if each is not NoneType)
    return typing.get_origin(kind), typing.get_args(kind)


def _are(kind: Any, values: Sequence[Any]) -> bool:
    """Whether all values are of a scalar kind as they stand: a column of a thousand is common."""
    make, parts = _parts(kind)
    scalar, others = (parts[0], {NoneType}) if make is UnionType else (kind, set())
    if scalar not in _SCALARS or not {*map(type, values)} <= {scalar, *others}:
        return False
    return scalar is str or all(abs(each) <= _LARGEST for each in values if each is not None)


def _table(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where or 'it'} must be a table, not {value!r:.80}")
    inside = f"{where}." if where else ""
    if not dataclasses.is_dataclass(kind):
        (each,) = typing.get_args(kind)[1:]
        return {key: of(each, one, inside + key) for key, one in value.items()}
    make: Any = kind
    fields, kinds = _fields(make)
    if unknown := sorted(value.keys() - kinds.keys()):
        known = ", ".join(sorted(kinds))
        raise ValueError(f"{where and f'{where}: '}no key {unknown[0]!r} ({known})")
    for field in fields:
        is_needed = field.default is field.default_factory is dataclasses.MISSING
        if is_needed and field.name not in value:
            raise ValueError(f"{where} has no {field.name}")
    return make(**{key: of(kinds[key], one, inside + key) for key, one in value.items()})


@functools.cache
def _fields(kind: Any) -> tuple[tuple[dataclasses.Field[Any], ...], dict[str, Any]]:
    return dataclasses.fields(kind), typing.get_type_hints(kind, include_extras=True)


def plain(value: Any) -> Any:
    """What JSON has of a value, of which `of` makes it again: dataclasses are tables, without the
    fields that have their default; a number that is not finite is None."""
    if dataclasses.is_dataclass(value):
        every = ((each, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {each.name: plain(kept) for each, kept in every if kept != _default(each)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _default(field: dataclasses.Field[Any]) -> Any:
    make = field.default_factory
    return field.default if make is dataclasses.MISSING else make()
