"""`python -m harness.concurrency`: the verb by itself, where only a framework is installed."""

import sys

from harness import alone

from . import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.concurrency", cli.__doc__, cli.add_arguments, cli.run))
