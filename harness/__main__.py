"""`python -m harness`: the commands beside asv's own."""

from __future__ import annotations

import sys

from harness.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
