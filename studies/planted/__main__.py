"""Write the planted regressions into a directory: `python -m studies.planted DIR [SEED]`."""

from __future__ import annotations

import sys
from pathlib import Path

from studies.planted.generator import plant

if __name__ == "__main__":
    planted = plant(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"measure it with: asv run 'base^!' --config {planted.config}")
