"""The cache of environments: made once, then found in no time.

An environment is whole once its `environment.json` is there, which is written last: what an
interrupt left half made is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.common import files
from harness.history import releases
from harness.history.errors import HistoryError

ABOUT = "environment.json"


@dataclass(frozen=True)
class Environment:
    """One environment. package: of a history of commits its repository; version: or the commit.

    as_of: the day whose dependencies it has; installed: `name==version`, sorted.
    """

    folder: Path
    package: str
    version: str
    as_of: datetime
    installed: list[str]

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def used(self) -> datetime:
        """When it was last asked for."""
        return datetime.fromtimestamp((self.folder / ABOUT).stat().st_mtime, UTC)

    @property
    def size(self) -> int:
        """Bytes of its files; those that it shares with uv's cache count, too."""
        paths = (Path(root, name) for root, _, names in os.walk(self.folder) for name in names)
        return sum(path.lstat().st_size for path in paths)


def every() -> list[Environment]:
    """All that are in the cache, the last used first."""
    paths = _root().glob(f"*/{ABOUT}")
    found = [each for path in paths if (each := _read(path.parent))]
    return sorted(found, key=lambda each: each.used, reverse=True)


def remove(these: Sequence[Environment]) -> None:
    """Take them out of the cache, and what interrupted installs have left."""
    if _root().exists():
        with _locked(lambda line: None):
            for each in these:
                (each.folder / ABOUT).unlink(missing_ok=True)
            for folder in _root().iterdir():
                if folder.is_dir() and not (folder / ABOUT).exists():
                    shutil.rmtree(folder, ignore_errors=True)


def had(
    about: Mapping[str, str],
    as_of: datetime,
    asked: str,
    make: Callable[[Path], list[str]],
    say: Callable[[str], object],
) -> Environment:
    """The one in the cache that was asked for, or a new one.

    about: its package and version; asked: all that decides what it holds; make: makes it in a
    folder, and returns what is installed, `name==version` each; say: gets a line before that.
    """
    digest = hashlib.sha256(asked.encode()).hexdigest()[:10]
    folder = _root() / f"{about['package']}-{about['version']}-{digest}"
    if found := _found(folder):
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(say):
        if found := _found(folder):  # another process has made it meanwhile
            return found
        say(f"installing {about['package']} {about['version']} as of {as_of:%Y-%m-%d} ...")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            document = {**about, "as_of": as_of.isoformat(), "installed": make(folder)}
            files.write(folder / ABOUT, json.dumps(document, indent=1) + "\n")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return _found(folder) or _lost(folder)


def _found(folder: Path) -> Environment | None:
    found = _read(folder)
    if found:
        with contextlib.suppress(OSError):  # somebody else's cache can be used as it is
            os.utime(folder / ABOUT)
    return found


def _lost(folder: Path) -> Environment:
    raise HistoryError(f"{folder} was removed while it was made: try again")


def _read(folder: Path) -> Environment | None:
    """A whole one whose interpreter is still there."""
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        about["as_of"] = datetime.fromisoformat(about["as_of"])
        found = Environment(folder, **about)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if found.python.exists() else None


@contextlib.contextmanager
def _locked(say: Callable[[str], object]) -> Iterator[None]:
    """One process installs or removes at a time."""
    with open(_root() / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another install ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _root() -> Path:
    return releases.cache_dir() / "environments"
