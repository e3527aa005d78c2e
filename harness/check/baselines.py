"""Named baselines, and the verb `baseline`: a name for a commit, which `check` takes.

They are kept in `baselines.toml` in the target's results folder:

[default]                     # BASE where none is given
commit = "95d58ca7..."        # the whole hash
title = "v0.2.3"
date = "2025-09-23"           # of the commit
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path

from harness.check import toml
from harness.common import files, options
from harness.results.errors import BadInput
from harness.results.target import opened

FILE = "baselines.toml"  # asv reads every .json below the results folder
DEFAULT = "default"
KEYS = ("commit", "title", "date")
Baseline = Mapping[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `baseline`."""
    parser.add_argument("action", nargs="?", choices=["show", "set", "list"], default="list")
    parser.add_argument("name", nargs="?", default=DEFAULT, help="of the baseline (%(default)s)")
    parser.add_argument("commit", nargs="?", help="set: tag or hash (default: the newest result)")
    options.add_results(parser)
    parser.set_defaults(run=_baseline)


def _baseline(arguments: argparse.Namespace) -> None:
    name, commit = arguments.name, arguments.commit
    with opened(arguments.config) as target:
        known = read(target.folder)
        if arguments.action == "set":
            found = target.results(target.machine(arguments.machine), arguments.env)
            result = target.commit(commit, found) if commit else found[-1]
            about = (result.commit, target.title(result), f"{result.date:%Y-%m-%d}")
            known[name] = dict(zip(KEYS, about, strict=True))
            _write(target.folder, known)
    if arguments.action != "list":
        if name not in known:
            raise BadInput(f"no baseline {name}; there are: {', '.join(known) or 'none'}")
        known = {name: known[name]}
    lines = (f"{name}: {e['title']} ({e['commit']}, {e['date']})" for name, e in known.items())
    print("\n".join(lines) or "no baselines")


def read(folder: Path) -> dict[str, Baseline]:
    """The baselines by name; BadInput for a file that is not as above."""
    path = folder / FILE
    each = toml.table(dict.fromkeys(KEYS, toml.text), needed=KEYS)
    return toml.read(path, toml.table_of(each)) if path.exists() else {}


def _write(folder: Path, known: Mapping[str, Baseline]) -> None:
    tables = []
    for name, baseline in sorted(known.items()):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise BadInput(f"a baseline is named with letters, digits and ._-, not {name!r}")
        # a JSON string without characters beyond ASCII is a TOML string
        lines = [f"{key} = {json.dumps(baseline[key])}\n" for key in KEYS]
        tables.append("".join([f"[{json.dumps(name)}]\n", *lines]))
    files.write(folder / FILE, "\n".join(tables))
