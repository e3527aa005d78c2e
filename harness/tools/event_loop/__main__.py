"""`python -m harness.tools.event_loop`: the verb where only a framework is installed."""

import sys

from harness.common import alone
from harness.tools.event_loop import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.tools.event_loop", cli.__doc__, cli.add_arguments, cli.run))
