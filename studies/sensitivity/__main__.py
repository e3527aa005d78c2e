"""The sensitivity study: measure what is missing; `python -m studies.pages` renders the report."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cli.target import CHECKOUT
from harness.common.options import add_count, progress
from studies.sensitivity.runner import Study
from studies.sensitivity.trials import NOTHING, OFTEN, SAME, missing, read

DATA, WORK = "docs/sensitivity-data", ".cache/sensitivity"


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m studies.sensitivity", description=__doc__)
    add = result.add_argument
    items = f"a defect, {SAME} or {NOTHING}; may be given several times (default: all)"
    add("--only", action="append", default=[], metavar="ITEM", help=items)
    add_count(result, "--trials", OFTEN, "per item, at most (default: all)")
    add("--list", action="store_true", help="show what is missing, and measure nothing")
    add("--out", type=Path, default=CHECKOUT / DATA, help=f"raw data ({DATA})")
    add("--work", type=Path, default=CHECKOUT / WORK, help=f"the planted project ({WORK})")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything asked for is there, 1 when some is missing, 2 after one line of error."""
    arguments = parser().parse_args(argv)
    try:
        todo = missing(read(arguments.out), arguments.only, arguments.trials)
        if arguments.list or not todo:
            print(*todo, f"{len(todo)} trials to measure", sep="\n")
            return bool(todo)
        return not Study(arguments.out, arguments.work).perform(todo, progress)
    except ValueError as error:
        print(f"sensitivity: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nsensitivity: interrupted; the same command continues", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
