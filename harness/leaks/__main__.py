"""`python -m harness.leaks`: the verb in an environment that has nothing but the framework."""

import sys

from harness import alone

from . import cli

if __name__ == "__main__":
    sys.exit(alone.main("harness.leaks", cli.__doc__, cli.add_arguments, cli.run))
