"""The verbs `check` and `baseline`: their arguments, and what they do."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.check import baselines, run
from harness.check.machine_formats import as_json, as_junit
from harness.check.table import markdown, table
from harness.common import options
from harness.results.target import opened

FORMATS = {"json": as_json, "junit": as_junit, "markdown": markdown, "table": table}


def add_check(this: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    this.add_argument("base", nargs="?", help="tag, hash or baseline (default: the one before)")
    this.add_argument("head", nargs="?", help="tag, hash or baseline (default: the newest)")
    this.add_argument("--slo", type=Path, help="limits and thresholds (default: slo.toml)")
    this.add_argument("--format", choices=sorted(FORMATS), default="table")
    this.add_argument("--all", action="store_true", help="also show rows without a finding")
    _where(this)
    this.set_defaults(run=_check)


def add_baseline(this: argparse.ArgumentParser) -> None:
    """The arguments of `baseline`."""
    this.add_argument("action", nargs="?", choices=["show", "set", "list"], default="list")
    this.add_argument("name", nargs="?", help="name of the baseline (default: default)")
    this.add_argument("commit", nargs="?", help="set: tag or hash (default: the newest result)")
    _where(this)
    this.set_defaults(run=_baseline)


def _where(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    parser.add_argument("--machine", help="machine whose results are read (default: this one)")
    parser.add_argument("--env", help="environment, or a part of its name")


def _check(arguments: argparse.Namespace) -> int:
    slo = arguments.slo and arguments.slo.resolve()
    with opened(arguments.config) as target:
        report = run.check(target, arguments, slo)
    print(FORMATS[arguments.format](report, arguments.all))
    return report.status


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
