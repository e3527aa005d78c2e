"""What makes an agent program faster: measure each piece of advice, and render the guide."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from tabulate import tabulate  # type: ignore[import-untyped]  # asv brings it

from harness import runtimes
from harness.cli import machine
from harness.common.children import attempt, call, interpreter
from harness.common.files import writable, write
from studies.tuning import page
from studies.tuning.worker import EXPERIMENTS

TIMEOUT = 300.0
"""Seconds that one experiment may take."""


def parser() -> argparse.ArgumentParser:
    """The command line of `python -m studies.tuning`."""
    result = argparse.ArgumentParser(prog="python -m studies.tuning", description=__doc__)
    verbs = result.add_subparsers(required=True, metavar="COMMAND")
    this = verbs.add_parser("measure", help="every piece of advice, before and after")
    this.add_argument("--runtime", default="floor", help="a runtime's name, or module:Class")
    this.add_argument("--python", help="interpreter of the environment it is installed in")
    this.add_argument(
        "--only", action="append", choices=list(EXPERIMENTS), help="may be given several times"
    )
    this.add_argument("--rounds", type=int, help="of each experiment (default: its own number)")
    this.add_argument("--json", type=Path, help="file to write: the values of all rounds")
    this.set_defaults(run=_measure)
    this = verbs.add_parser("page", help="render docs/performance-tuning.md from its data")
    this.add_argument("--check", action="store_true", help="only say whether it is current")
    this.set_defaults(run=_page)
    return result


def _measure(arguments: argparse.Namespace) -> int:
    """0, or 1 if an experiment failed: then no file is written."""
    if arguments.rounds is not None and arguments.rounds < 1:
        raise ValueError(f"--rounds must be 1 or more, not {arguments.rounds}")
    if arguments.json:
        writable(arguments.json)
    python = interpreter(arguments.python)
    if arguments.python is None:
        runtimes.load(arguments.runtime)  # a name that is not known is told before anything runs
    # The model server needs what this interpreter has, and the environment has not.
    os.environ.setdefault("HARNESS_PYTHON", sys.executable)
    load = round(psutil.getloadavg()[0], 2)
    found = dict(measured(arguments.runtime, arguments.only, arguments.rounds, python))
    failed = [name for name, told in found.items() if "error" in told]
    document = _document(arguments.runtime, python, load, found)
    print(tabulate(page.rows(document), headers=page.HEAD, disable_numparse=True))
    for name in failed:
        print(f"{name} failed: {found[name]['error']}", file=sys.stderr)
    if arguments.json and not failed:
        write(arguments.json, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return 1 if failed else 0


def measured(
    runtime: str, only: list[str] | None, rounds: int | None, python: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Experiments by name as they are done, each in a process of its own; see worker.perform."""
    for name in only or EXPERIMENTS:
        begin = time.perf_counter()
        order: dict[str, object] = {"runtime": runtime, "experiment": name, "rounds": rounds}
        told = attempt("studies.tuning.worker:perform", order, python=python, limit=TIMEOUT)
        state = "not measured" if "not_measured" in told else "failed" if "error" in told else "ok"
        took = time.perf_counter() - begin
        print(f"{name:<16} {state}  {took:.1f} s", file=sys.stderr, flush=True)
        yield name, told


def _document(
    runtime: str, python: str, load: float, found: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What docs/tuning-data keeps of a measurement; raw values, so that all else follows."""
    told = next((each for each in found.values() if "version" in each), {})
    fields = machine.describe()
    del fields["machine"]
    return {
        "schema": 1,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": fields,
        "load": load,  # average over the minute before: what else the machine was doing
        "python": _version(python),
        "runtime": runtime,
        "package": told.get("package", ""),
        "version": told.get("version", ""),
        "experiments": {
            name: {key: each[key] for key in each if key not in ("package", "version")}
            for name, each in found.items()
        },
    }


def _version(python: str) -> str:
    if python == sys.executable:
        return platform.python_version()
    return str(call("platform:python_version", {}, python=python, limit=TIMEOUT))


def _page(arguments: argparse.Namespace) -> int:
    """0, or 1 if --check finds the page stale."""
    text = page.render(page.documents())
    current = page.PAGE.exists() and page.PAGE.read_text("utf-8") == text
    if arguments.check:
        print(f"{page.PAGE.name} is {'current' if current else 'stale'}")
        return 0 if current else 1
    if not current:
        write(page.PAGE, text)
        print(f"written: {page.PAGE.name}")
    return 0
