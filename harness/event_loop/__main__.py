"""`python -m harness.event_loop`: the verb in an environment with nothing but the framework."""

import sys

from harness import alone

from . import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.event_loop", cli.__doc__, cli.add_arguments, cli.run))
