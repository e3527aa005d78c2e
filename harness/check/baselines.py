"""Named baselines: a name for a commit, kept in `baselines.toml` in the target's results folder.

[default]                     # BASE where none is given
commit = "95d58ca7..."        # the whole hash
title = "v0.2.3"
date = "2025-09-23"           # of the commit
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from harness.check import toml
from harness.common import files
from harness.results.errors import BadInput
from harness.results.result import Result

FILE = "baselines.toml"  # asv reads every .json below the results folder
DEFAULT = "default"
KEYS = ("commit", "title", "date")
Baseline = Mapping[str, str]


def read(folder: Path) -> dict[str, Baseline]:
    """The baselines by name; BadInput for a file that is not as above."""
    path = folder / FILE
    each = toml.table(dict.fromkeys(KEYS, toml.text), needed=KEYS)
    return toml.read(path, toml.table_of(each)) if path.exists() else {}


def get(folder: Path, name: str) -> Baseline:
    """One baseline; BadInput, naming those there are, for an unknown name."""
    known = read(folder)
    if name not in known:
        there = ", ".join(known) or "none"
        raise BadInput(f"no baseline {name}; there are: {there}")
    return known[name]


def set_to(folder: Path, name: str, result: Result, title: str) -> Baseline:
    """Let `name` stand for the commit of a result; an earlier meaning is replaced."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise BadInput(f"a baseline is named with letters, digits and ._-, not {name!r}")
    about = (result.commit, title, f"{result.date:%Y-%m-%d}")
    known = read(folder) | {name: dict(zip(KEYS, about, strict=True))}
    text = "\n".join(_table(each, known[each]) for each in sorted(known))
    files.write(folder / FILE, text)
    return known[name]


def _table(name: str, baseline: Baseline) -> str:
    # a JSON string without characters beyond ASCII is a TOML string
    lines = [f"[{json.dumps(name)}]", *(f"{key} = {json.dumps(baseline[key])}" for key in KEYS)]
    return "\n".join(lines) + "\n"
