"""Bad input of this room: one line for the user."""

from __future__ import annotations

import sys
from typing import NoReturn


class HistoryError(ValueError):
    """A release history cannot be had. Its text is exactly one line, written for the user."""

    def __init__(self, line: str) -> None:
        super().__init__(" ".join(line.split()))


def stop(line: str) -> NoReturn:
    """End asv because of bad input: one line, exit status 2 (asv's own errors exit with 1)."""
    from asv.console import log

    log.error(line)
    log.flush()
    sys.exit(2)
