"""A script as a JSON document, as people write it in a file.

    {"tool_rounds": 1, "latency": {"kind": "lognormal", "median": 0.2, "sigma": 0.5, "seed": 0},
     "fail_at": [[3, 1]], "chunks": 4, "gap": 0.02, "prompts": {"0": "request 0"}, "calls": 2}

Every key may be left out. Kinds of latency, all in seconds: `constant` (`value`), `lognormal`
(`median`, `sigma`, `seed`) and `per_request` (`values`, a list by request number). Anything
unknown or of another type is a ValueError of one line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.common import files, kinds
from harness.workload.script import Constant, Latency, Lognormal, PerRequest, Script

_LATENCIES: dict[Any, type[Any]] = {
    "constant": Constant,
    "lognormal": Lognormal,
    "per_request": PerRequest,
}


def _latency(value: Any, where: str) -> Latency:
    members = dict(value) if isinstance(value, dict) else {}
    kind = str(members.pop("kind", ""))
    if kind not in _LATENCIES:
        raise ValueError(f"{where} is an object whose kind is one of {', '.join(_LATENCIES)}")
    latency: Latency = kinds.of(_LATENCIES[kind], members, where)
    return latency


def _prompts(value: Any, where: str) -> dict[int, str]:
    prompts: dict[str, str] = kinds.of(dict[str, str], value, where)
    if wrong := [key for key in prompts if not key.isdecimal()]:
        raise ValueError(f"{where} has a prompt by request number, not {wrong[0]!r}")
    return {int(key): prompt for key, prompt in prompts.items()}


kinds.READERS.update({Latency: _latency, Mapping[int, str]: _prompts})


def from_json(document: object) -> Script:
    """The script of a document; ValueError, one line, if it is not one."""
    if not isinstance(document, dict):
        raise ValueError(f"a script is an object, not {document!r:.80}")
    script: Script = kinds.of(Script, document, "")
    return script


def read(path: Path) -> Script:
    """The script in a JSON file; ValueError, one line that names the file, if it has none."""
    return files.parsed(path, lambda text: from_json(json.loads(text)))
