"""`python -m harness.concurrency`: the verb by itself, where only a framework is installed."""

from __future__ import annotations

import argparse
import sys

from . import cli


def main() -> int:
    """0 right, 1 findings, 2 after one clear line about bad input."""
    parser = argparse.ArgumentParser(prog="python -m harness.concurrency", description=cli.__doc__)
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
