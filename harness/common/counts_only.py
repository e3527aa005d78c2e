"""A quick run, for counts alone: the variable HARNESS_COUNTS_ONLY asks for it."""

from __future__ import annotations

import os


def asked() -> bool:
    """Whether what is timed is to be left out."""
    return os.environ.get("HARNESS_COUNTS_ONLY", "") not in ("", "0")
