"""Write the planted regressions, a repository and an asv project, into a directory."""

from __future__ import annotations

import argparse
from pathlib import Path

from studies.planted.generator import plant

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m studies.planted", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("seed", type=int, nargs="?", default=0, help="of the harmless changes")
    arguments = parser.parse_args()
    planted = plant(arguments.directory, arguments.seed)
    print(f"measure it with: asv run 'base^!' --config {planted.config}")
