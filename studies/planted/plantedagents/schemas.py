"""The message schemas, made when the package is imported: real work of about 30 ms."""

from __future__ import annotations

import dataclasses

SCHEMAS = 50
FIELDS = 12


def field_names(number: int) -> list[str]:
    """The names of a schema's fields."""
    return [f"field_{number}_{index}" for index in range(FIELDS)]


def schema_name(number: int) -> str:
    """The name of a schema."""
    return f"Schema{number}"


def _register(count: int) -> dict[str, type]:
    made = {}
    for number in range(count):
        name = schema_name(number)
        made[name] = dataclasses.make_dataclass(name, field_names(number), frozen=True)
    return made


REGISTRY = _register(SCHEMAS)
