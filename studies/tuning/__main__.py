"""`python -m studies.tuning`."""

from __future__ import annotations

import sys

from studies.tuning import cli


def main(argv: list[str] | None = None) -> int:
    """Run one command: 0, 1 if something failed or is stale, 2 after one line about bad input."""
    arguments = cli.parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except ValueError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nharness: interrupted; nothing was written", file=sys.stderr)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
