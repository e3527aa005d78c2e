"""Bad input of this room: one line for the user."""

from typing import NoReturn


class HistoryError(ValueError):
    """A release history cannot be had. Its text is exactly one line, written for the user."""

    def __init__(self, line: str) -> None:
        super().__init__(" ".join(line.split()))


class Stopped(SystemExit):
    """asv has ended because of bad input: exit status 2, which asv also has for failures."""


def stop(line: str) -> NoReturn:
    """End asv because of bad input: one line, exit status 2 (asv's own errors exit with 1)."""
    from asv.console import log

    log.error(line)
    log.flush()
    raise Stopped(2)
