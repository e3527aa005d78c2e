"""`python -m harness.tools.concurrency`: the verb where only a framework is installed."""

import sys

from harness.common import alone
from harness.tools.concurrency import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.tools.concurrency", cli.__doc__, cli.add_arguments, cli.run))
