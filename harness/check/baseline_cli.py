"""The verb `baseline`: names for commits, which `check` takes."""

from __future__ import annotations

import argparse

from harness.check import baselines
from harness.common import options
from harness.results.target import opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb `baseline`."""
    parser.add_argument("action", nargs="?", choices=["show", "set", "list"], default="list")
    parser.add_argument("name", nargs="?", help="name of the baseline (default: default)")
    parser.add_argument("commit", nargs="?", help="set: tag or hash (default: the newest result)")
    options.add_results(parser)
    parser.set_defaults(run=_baseline)


def _baseline(arguments: argparse.Namespace) -> int:
    with opened(arguments.config) as target:
        name = arguments.name or baselines.DEFAULT
        if arguments.action == "set":
            found = target.results(target.machine(arguments.machine), arguments.env)
            named = arguments.commit
            result = target.commit(named, found) if named else found[-1]
            kept = baselines.set_to(target.folder, name, result, target.title(result))
            print(_line(name, kept))
        elif arguments.action == "show":
            print(_line(name, baselines.get(target.folder, name)))
        else:
            known = baselines.read(target.folder)
            print("\n".join(_line(*each) for each in known.items()) or "no baselines")
    return 0


def _line(name: str, baseline: baselines.Baseline) -> str:
    return f"{name}: {baseline['title']} ({baseline['commit']}, {baseline['date']})"
