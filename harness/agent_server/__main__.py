"""`python -m harness.agent_server`: the verb by itself, where asv is not installed."""

from __future__ import annotations

import argparse
import sys

from . import cli


def main() -> int:
    """0 when told to stop, 2 after one clear line about bad input."""
    parser = argparse.ArgumentParser(prog="python -m harness.agent_server", description=cli.__doc__)
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
