"""A script as a JSON document, as people write it in a file.

    {"tool_rounds": 1, "latency": {"kind": "lognormal", "median": 0.2, "sigma": 0.5, "seed": 0},
     "fail_at": [[3, 1]], "chunks": 4, "gap": 0.02, "prompts": {"0": "request 0"}}

Every key may be left out. Kinds of latency, all in seconds: `constant` (`value`), `lognormal`
(`median`, `sigma`, `seed`) and `per_request` (`values`, a list by request number). Anything
unknown or of another type is a ValueError of one line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from harness.common import files
from harness.workload.script import Constant, Latency, Lognormal, PerRequest, Script

Made = TypeVar("Made")

_LATENCIES: dict[str, type[Any]] = {
    "constant": Constant,
    "lognormal": Lognormal,
    "per_request": PerRequest,
}


def _made(kind: type[Made], what: str, document: Any) -> Made:
    """An instance of a dataclass of the members in `document`, each read as its type says."""
    _is(dict, "an object", document, what)
    types = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(document) - set(types)):
        raise ValueError(f"{what} has no {unknown[0]!r}; it has {', '.join(types)}")
    given = {name: _READ[types[name]](value, name) for name, value in document.items()}
    try:
        return kind(**given)
    except TypeError as error:  # one that has no default
        raise ValueError(f"{what} lacks {str(error).rpartition(': ')[2]}") from None


def _is(kinds: Any, what: str, value: object, name: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise ValueError(f"{name} is {what}, not {json.dumps(value)}")
    return value


_whole = partial(_is, int, "a whole number")
_list = partial(_is, (list, tuple), "a list")


def _number(value: object, name: str) -> float:
    number = _is((int, float), "a number", value, name)
    if abs(number) > sys.float_info.max:
        raise ValueError(f"{name} is a finite number")
    return float(number)


def _numbers(value: object, name: str) -> tuple[float, ...]:
    return tuple(_number(each, name) for each in _list(value, name))


def _places(value: object, name: str) -> frozenset[tuple[int, ...]]:
    places = {tuple(_whole(n, name) for n in _list(each, name)) for each in _list(value, name)}
    if any(len(place) != 2 for place in places):
        raise ValueError(f"{name} is a list of [request, round], not {json.dumps(value)}")
    return frozenset(places)


def _latency(value: object, name: str) -> Latency:
    members = dict(value) if isinstance(value, dict) else {}
    kind = members.pop("kind", None)
    if not isinstance(kind, str) or kind not in _LATENCIES:
        raise ValueError(f"{name} is an object whose kind is one of {', '.join(_LATENCIES)}")
    latency: Latency = _made(_LATENCIES[kind], f"a {kind} latency", members)
    return latency


def _prompts(value: object, name: str) -> dict[int, str] | None:
    if value is None:
        return None
    prompts = _is(dict, "an object", value, name)
    for key, prompt in prompts.items():
        if not (isinstance(key, str) and key.isdecimal() and isinstance(prompt, str)):
            raise ValueError(f"{name} has a prompt by request number, not {key!r}: {prompt!r}")
    return {int(key): prompt for key, prompt in prompts.items()}


# By the types of the members of scripts and latencies.
_READ: dict[str, Callable[[object, str], Any]] = {
    "int": _whole,
    "float": _number,
    "tuple[float, ...]": _numbers,
    "frozenset[tuple[int, int]]": _places,
    "Latency": _latency,
    "Mapping[int, str] | None": _prompts,
}


def from_json(document: object) -> Script:
    """The script of a document; ValueError, one line, if it is not one."""
    return _made(Script, "a script", document)


def read(path: Path) -> Script:
    """The script in a JSON file; ValueError, one line that names the file, if it has none."""
    return files.parsed(path, lambda text: from_json(json.loads(text)))
