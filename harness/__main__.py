"""Commands beside asv's own: `python -m harness --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from asv.util import UserError

from harness import machine


def _machine(arguments: argparse.Namespace) -> None:
    name, new = machine.register(arguments.name)
    print(f"machine {name}: {'now known to asv' if new else 'already known to asv'}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m harness", description=__doc__)
    verbs = result.add_subparsers(required=True, metavar="COMMAND")
    this = verbs.add_parser("machine", help="tell asv about this machine, once and stably")
    this.add_argument("--name", help="name in the results (default: the host name)")
    this.set_defaults(run=_machine)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0, or 2 after one clear line about bad input."""
    arguments = parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (UserError, ValueError) as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
