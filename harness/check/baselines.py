"""Named baselines, and the verb `baseline`: a name for a commit, which `check` takes.

They are kept in `baselines.toml` in the target's results folder:

[default]                     # BASE where none is given
commit = "95d58ca7..."        # the whole hash
title = "v0.2.3"
date = "2025-09-23"           # of the commit
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.common import files, kinds, options
from harness.results.files import BadInput
from harness.results.target import opened

FILE = "baselines.toml"  # asv reads every .json below the results folder
DEFAULT = "default"


@dataclass(frozen=True)
class Baseline:
    commit: str
    title: str
    date: str

    @property
    def table(self) -> str:
        """As it is kept: a JSON string without characters beyond ASCII is a TOML string."""
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in vars(self).items())


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
            print(*target.remarks, sep="\n", end="\n" * bool(target.remarks), file=sys.stderr)
            result = target.commit(commit, found) if commit else found[-1]
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
                raise BadInput(f"a baseline is named with letters, digits and ._-, not {name!r}")
            date = f"{result.date:%Y-%m-%d}"
            known[name] = Baseline(result.commit, target.title(result), date)
            tables = (f"[{json.dumps(name)}]\n{known[name].table}" for name in sorted(known))
            files.write(target.folder / FILE, "\n".join(tables))
    if arguments.action != "list":
        if name not in known:
            raise BadInput(f"no baseline {name}; there are: {options.near(name, known)}")
        known = {name: known[name]}
    lines = (f"{name}: {each.title} ({each.commit}, {each.date})" for name, each in known.items())
    print("\n".join(lines) or "no baselines")


def read(folder: Path) -> dict[str, Baseline]:
    """The baselines by name; ValueError for a file that is not as above."""
    path = folder / FILE
    return kinds.read(path, dict[str, Baseline]) if path.exists() else {}
