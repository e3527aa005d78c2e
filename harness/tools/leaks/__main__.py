"""`python -m harness.tools.leaks`: the verb where only a framework is installed."""

import sys

from harness.common import alone
from harness.tools.leaks import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.tools.leaks", cli.__doc__, cli.add_arguments, cli.run))
