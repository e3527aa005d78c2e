"""`python -m harness.leaks`: the verb in an environment that has nothing but the framework."""

from __future__ import annotations

import argparse
import sys

from harness.leaks import cli


def main() -> int:
    """As `python -m harness leaks`."""
    parser = argparse.ArgumentParser(prog="python -m harness.leaks", description=cli.__doc__)
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
