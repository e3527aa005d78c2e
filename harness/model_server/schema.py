"""Structured output: an instance of a JSON schema, made of a reply and its request number."""

import contextlib
import functools
import itertools
import operator
from typing import Any

_UNDERSTOOD = {"$schema", "$id", "$defs", "definitions", "title", "description", "default"}
_UNDERSTOOD |= {"type", "properties", "required", "additionalProperties", "items", "minItems"}
_UNDERSTOOD |= {"minimum", "maximum"}


MOST = 10_000
"""Parts of an instance: a schema of a few lines can ask for billions."""


def instance(root: Any, text: str, number: int) -> Any:
    """What a schema allows: `text` where it wants a string, `number` where it wants a number.

    Raises ValueError, one line, for what is no schema, or one with more than is understood.
    """
    parts = itertools.count()

    def of(schema: Any, opened: frozenset[str] = frozenset()) -> Any:
        if next(parts) > MOST:
            raise ValueError(f"the JSON schema asks for more than {MOST} parts")
        if (ref := schema.get("$ref", "")) in opened:
            raise ValueError(f"the JSON schema {ref} has no end")
        if ref:
            found = functools.reduce(operator.getitem, ref.split("/")[1:], root)
            return of(found, opened | {ref})
        if values := [schema["const"]] if "const" in schema else schema.get("enum"):
            return values[0]
        for choice in schema.get("anyOf") or schema.get("oneOf") or ():
            with contextlib.suppress(ValueError):
                return of(choice, opened)
        if unknown := schema.keys() - _UNDERSTOOD:
            raise ValueError(f"{min(unknown)!r} in a JSON schema is not supported by this server")
        known = schema.get("properties", {})
        kind = schema.get("type", "object" if known else "string")
        match kind if isinstance(kind, str) else kind[0]:
            case "object":
                return {name: of(known[name], opened) for name in schema.get("required", known)}
            case "array":
                return [of(schema["items"], opened) for _ in range(schema.get("minItems", 0))]
            case "integer" | "number":
                at_least = max(number, schema.get("minimum", number))
                return min(at_least, schema.get("maximum", at_least))
            case other:
                return {"string": text, "boolean": True, "null": None}[other]

    try:
        return of(root)
    except (AttributeError, LookupError, TypeError) as error:
        raise ValueError(f"not a JSON schema: {type(error).__name__}: {error}") from None
