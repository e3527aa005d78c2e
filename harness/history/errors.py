"""Bad input of this room: one line for the user."""

import errno
from typing import Any, NoReturn

from harness.common.children import ChildFailed
from harness.common.files import NotWritten

NO_ANSWER = "no usable answer from the package index"
NO_FILES = f"{NO_ANSWER} (a page without files)"  # such as that of a login
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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


def written(command: Any, *args: Any) -> Any:
    """A command of asv; a disk without space ends it as bad input does."""
    try:
        return command(*args)
    except (NotWritten, ChildFailed) as error:
        stop(str(error))
    except OSError as error:
        if error.errno not in FULL:
            raise
        stop(f"{error.filename or 'a file'} cannot be written: {error.strerror}")
