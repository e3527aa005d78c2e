"""What makes an agent program faster or smaller: each piece of advice measured, before and after.

`python -m studies.tuning`; `python -m studies.pages` renders the guide from docs/tuning-data.
"""

import argparse
import os
import sys
import time

from harness.cli import released
from harness.common.children import attempt
from harness.common.options import add_count, progress
from harness.tools import runtime
from studies import command
from studies.tuning import page
from studies.tuning.worker import EXPERIMENTS

TIMEOUT = 300.0
"""Seconds that one experiment may take."""


def parser() -> argparse.ArgumentParser:
    result = command.parser("studies.tuning", str(__doc__))
    runtime.add_options(result)
    result.add_argument(
        "--only", action="append", choices=list(EXPERIMENTS), help="may be given several times"
    )
    add_count(result, "--rounds", None, "of each experiment (default: its own number)")
    return result


def measure(arguments: argparse.Namespace) -> command.Document:
    """What docs/tuning-data keeps of a measurement: raw values, so that all else follows.

    Raises RuntimeError if an experiment fails.
    """
    released.resolve(arguments)
    python = runtime.interpreter(arguments.runtime, arguments.python)
    # The model server needs what this interpreter has, and the environment has not.
    os.environ.setdefault("HARNESS_PYTHON", sys.executable)
    document: command.Document = {"runtime": arguments.runtime, "package": "", "version": ""}
    document["experiments"] = {}
    for name in arguments.only or EXPERIMENTS:
        begin = time.perf_counter()
        order = {"runtime": arguments.runtime, "experiment": name, "rounds": arguments.rounds}
        found = attempt("studies.tuning.worker:perform", order, python=python, limit=TIMEOUT)
        if "error" in found:
            raise RuntimeError(f"{name}: {found['error']}")
        progress(f"{name:<16} {time.perf_counter() - begin:.1f} s")
        sides = {key: found.pop(key) for key in ("before", "after", "not_measured") if key in found}
        document["experiments"][name] = sides
        document |= found  # whose environment it was
    return document


def main(argv: list[str] | None = None) -> int:
    return command.main(parser(), measure, page.text, argv)


if __name__ == "__main__":
    sys.exit(main())
