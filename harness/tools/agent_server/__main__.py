"""`python -m harness.tools.agent_server`: the verb by itself, where asv is not installed."""

import sys

from harness.common import alone
from harness.tools.agent_server import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.tools.agent_server", cli.__doc__, cli.add_arguments, cli.run))
