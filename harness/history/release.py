"""A release, and which others it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from packaging.version import Version

T = TypeVar("T")

LONGEST = 60
"""Characters of a version: it is part of names of files and of a tag."""


def version(text: str) -> Version:
    """A version as it may name a tag and files; ValueError for another one."""
    if len(text) > LONGEST or text.lower().endswith(".lock"):
        raise ValueError(f"no version of a release: {text!r:.80}")
    return Version(text)


@dataclass(frozen=True)
class Release:
    """One release. uploaded: when its first file was (UTC). yanked: all of its files are.

    deleted: the index has it no more. late: it became known after releases that were uploaded
    later and have their hashes, so it is no ancestor of theirs.
    """

    version: str
    uploaded: datetime
    yanked: bool = False
    deleted: bool = False
    late: bool = False

    @property
    def order(self) -> tuple[datetime, Version]:
        """The place in the history: by upload, then by version."""
        return self.uploaded, Version(self.version)


def line(of: T, known: Mapping[T, tuple[datetime, Version]]) -> list[T]:
    """A release and those it came from, oldest first: each from the highest lower version that was
    out by then. known: the order of each that may be among them, `of` included.

    In the order of upload a fix of an old line stands between two releases of the new one.
    """
    found = [of]
    for one in sorted(known, key=lambda one: known[one][1], reverse=True):
        (uploaded, version), (by, below) = known[one], known[found[-1]]
        if version < below and uploaded <= by:
            found.append(one)
    return found[::-1]
