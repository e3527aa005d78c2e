"""A script as a JSON document, and back: how a script reaches another process, or a file.

    {"tool_rounds": 1, "latency": {"kind": "lognormal", "median": 0.2, "sigma": 0.5, "seed": 0},
     "fail_at": [[3, 1]], "chunks": 4, "gap": 0.02, "prompts": {"0": "request 0"}}

Every key may be left out. Kinds of latency, all in seconds: `constant` (`value`), `lognormal`
(`median`, `sigma`, `seed`) and `per_request` (`values`, a list by request number). Anything
unknown or of another type is a ValueError of one line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from harness.workload.script import Constant, Latency, Lognormal, PerRequest, Script


def members(document: object, what: str, known: Collection[str]) -> Mapping[str, Any]:
    """`document` if it is an object with no other than the known keys; ValueError otherwise."""
    if not isinstance(document, dict):
        raise ValueError(f"{what} is an object, not {json.dumps(document)}")
    unknown = sorted(set(document) - set(known))
    if unknown:
        raise ValueError(f"{what} has no {unknown[0]!r}; it has {', '.join(known)}")
    return document


def number(value: object, what: str) -> float:
    """A finite number as a float; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} is a number, not {json.dumps(value)}")
    if not abs(value) < float("inf"):
        raise ValueError(f"{what} is a finite number, not {value}")
    return float(value)


def integer(value: object, what: str) -> int:
    """A whole number; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{what} is a whole number, not {json.dumps(value)}")
    return value


def array(value: object, what: str) -> list[Any]:
    """A list; ValueError otherwise."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{what} is a list, not {json.dumps(value)}")
    return list(value)


def pair(value: object, what: str, of: Callable[[object, str], Any]) -> tuple[Any, Any]:
    """A list of two; ValueError otherwise."""
    both = array(value, what)
    if len(both) != 2:
        raise ValueError(f"{what} is a list of two, not {json.dumps(value)}")
    return of(both[0], what), of(both[1], what)


def _per_request(values: object) -> PerRequest:
    return PerRequest(tuple(_seconds(v) for v in array(values, "latency.values")))


def _seconds(value: object) -> float:
    seconds = number(value, "latency.values")
    if seconds < 0:
        raise ValueError(f"latency.values are seconds >= 0, not {value}")
    return seconds


_LATENCIES: dict[str, tuple[type[Latency], dict[str, Callable[[object, str], Any]]]] = {
    "constant": (Constant, {"value": number}),
    "lognormal": (Lognormal, {"median": number, "sigma": number, "seed": integer}),
}
_PER_REQUEST = "per_request"


def _latency(document: object) -> Latency:
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind == _PER_REQUEST:
        found = members(document, f"a {kind} latency", ["kind", "values"])
        return _per_request(found.get("values"))
    if not isinstance(kind, str) or kind not in _LATENCIES:
        kinds = ", ".join([*_LATENCIES, _PER_REQUEST])
        raise ValueError(f"latency is an object whose kind is one of {kinds}")
    made, parts = _LATENCIES[kind]
    found = members(document, f"a {kind} latency", ["kind", *parts])
    given = {k: read(found[k], f"latency.{k}") for k, read in parts.items() if k in found}
    if kind == "lognormal" and "median" not in given:
        raise ValueError("a lognormal latency needs a median")
    return made(**given)


def _latency_document(latency: Latency) -> dict[str, object]:
    if isinstance(latency, PerRequest):
        return {"kind": _PER_REQUEST, "values": list(latency.values)}
    for kind, (made, parts) in _LATENCIES.items():
        if type(latency) is made:
            return {"kind": kind} | {part: getattr(latency, part) for part in parts}
    raise ValueError(f"a latency of type {type(latency).__name__} cannot be written as JSON")


def _prompts(document: object) -> dict[int, str] | None:
    if document is None:
        return None
    if not isinstance(document, dict):
        raise ValueError("prompts is an object of prompts by request number")
    for key, prompt in document.items():
        if not (isinstance(key, str) and key.isdecimal() and isinstance(prompt, str)):
            raise ValueError(f"prompts has a prompt by request number, not {key!r}: {prompt!r}")
    return {int(key): prompt for key, prompt in document.items()}


def _failures(document: object) -> frozenset[tuple[int, int]]:
    return frozenset(pair(each, "fail_at", integer) for each in array(document, "fail_at"))


_READ: dict[str, Callable[[object], Any]] = {
    "tool_rounds": lambda value: integer(value, "tool_rounds"),
    "latency": _latency,
    "fail_at": _failures,
    "chunks": lambda value: integer(value, "chunks"),
    "gap": lambda value: number(value, "gap"),
    "prompts": _prompts,
}


def to_json(script: Script) -> dict[str, object]:
    """The document of `script`. ValueError if its latency is of a kind of the caller's own."""
    return {
        "tool_rounds": script.tool_rounds,
        "latency": _latency_document(script.latency),
        "fail_at": sorted(list(place) for place in script.fail_at),
        "chunks": script.chunks,
        "gap": script.gap,
        "prompts": script.prompts and {str(k): v for k, v in script.prompts.items()},
    }


def from_json(document: object) -> Script:
    """The script of a document; ValueError, one line, if it is not one."""
    found = members(document, "a script", list(_READ))
    return Script(**{key: _READ[key](value) for key, value in found.items()})


def read(path: Path) -> Script:
    """The script in a JSON file; ValueError, one line that names the file, if it has none."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ValueError(f"{path}: {reason}") from error
