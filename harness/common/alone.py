"""A verb of the command line by itself, in an environment that has nothing but the framework."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def main(
    package: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    run: Callable[[argparse.Namespace], int],
) -> int:
    """The verb's exit status, or 2 after one clear line about bad input."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=description)
    add_arguments(parser)
    try:
        return run(parser.parse_args())
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2
