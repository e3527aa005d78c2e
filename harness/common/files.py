"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def whole(path: Path) -> Iterator[IO[str]]:
    """A text file that takes its name only when it is complete."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def writable(path: Path) -> None:
    """Raise ValueError, one line, if no file can be written there."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written: no folder {path.parent} to write in")


def write(path: str | Path, text: str) -> None:
    """Write beside, then rename. Raises ValueError if the file cannot be written."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ValueError(f"cannot write {path}: {error.strerror}") from None
