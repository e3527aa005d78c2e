"""Replaces a directory as a whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(directory: str) -> Iterator[Path]:
    """Give a path beside `directory` to write to, and put it in its place at the end.

    When the block raises (or is interrupted) `directory` stays as it was and what was written is
    removed. A process killed at any point leaves the old or the new directory: the next call
    tidies up. Two calls for the same directory at the same time are not supported.
    """
    target = Path(os.path.realpath(directory))  # a symbolic link stays a link to the new content
    fresh = target.with_name(target.name + ".new")
    old = target.with_name(target.name + ".old")
    _tidy(target, fresh, old)
    try:
        yield fresh
        _replace(target, fresh, old)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _tidy(target: Path, fresh: Path, old: Path) -> None:
    """Undo what a killed process may have left behind."""
    if old.exists() and not target.exists():
        old.rename(target)
    for leftover in (fresh, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _replace(target: Path, fresh: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
