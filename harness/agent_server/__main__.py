"""`python -m harness.agent_server`: the verb by itself, where asv is not installed."""

import sys

from harness import alone

from . import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.agent_server", cli.__doc__, cli.add_arguments, cli.run))
