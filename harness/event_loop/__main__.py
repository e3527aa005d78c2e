"""`python -m harness.event_loop`: the verb in an environment with nothing but the framework."""

from __future__ import annotations

import argparse
import sys

from harness.event_loop import cli


def main() -> int:
    """As `python -m harness event-loop`."""
    parser = argparse.ArgumentParser(prog="python -m harness.event_loop", description=cli.__doc__)
    cli.add_arguments(parser)
    try:
        return cli.run(parser.parse_args())
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
