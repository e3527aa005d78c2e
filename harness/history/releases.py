"""The list of a package's releases, which forgets none: hashes of commits hang on it.

It stands beside the results, to be shared with them, and in the cache of this machine as the
package index said it.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version

from harness.common import files
from harness.history import release
from harness.history.errors import HistoryError
from harness.history.release import Release

BESIDE = "releases.json"  # in the results_dir
ATTRIBUTIONS = "attributions.json"  # there, too: to what changes are due (`check.attribution`)
FRESH = 600.0  # seconds in which the index is not asked again
FLAGS = ("yanked", "deleted", "late")


def known(
    name: str,
    beside: Path | None = None,
    renew: bool = False,
    warn: Callable[[str], object] = logging.warning,
) -> list[Release]:
    """All releases of a package that ever were, in the order of their upload.

    beside: the list that stands beside the results, if there is one; no hash of it changes.
    renew: ask the index, unless it was asked in the last ten minutes; otherwise it is asked only
    where no list is kept. When it gives no list, the kept ones serve, and warn gets the reason.

    Raises HistoryError: a broken list beside the results, or none at all.
    """
    kept = read(beside, name) if beside and beside.exists() else []
    path = cache_dir() / "releases" / f"{name}.json"
    try:
        cached, asked = read(path, name), path.stat().st_mtime
    except (HistoryError, OSError):  # there is none, or it is broken: it can be had again
        cached, asked = [], 0.0
    if is_fresh := 0 <= time.time() - asked < FRESH:
        found = merge(kept, cached, complete=True)
    else:  # the list beside the results may know better what became of its releases
        found = merge(merge(kept, cached), kept)
    if found and (is_fresh or not renew):
        return found
    from harness.history import index  # its libraries take a fifth of a second to import

    try:
        given = index.ask(name, {Version(each.version): each.uploaded for each in found})
    except HistoryError as error:
        if not found:
            raise
        at = datetime.fromtimestamp(asked)
        warn(f"{error}: using the releases {f'in {beside}' if kept else f'as of {at:%d %b %H:%M}'}")
        return found
    cached = merge(cached, given, complete=True)
    _write(path, name, cached)
    return merge(kept, cached, complete=True)


def merge(
    kept: Sequence[Release], given: Sequence[Release], complete: bool = False
) -> list[Release]:
    """The releases of both lists, in the order of their upload; no hash of the first one changes.

    A release in both is spelled, dated and placed as it was kept; what became of it is as given.
    complete: one that is not given is deleted.
    """
    news = {Version(each.version): each for each in given}
    merged = []
    for each in kept:
        new = news.pop(Version(each.version), None)
        now = new or replace(each, deleted=each.deleted or complete)
        merged.append(replace(each, yanked=now.yanked, deleted=now.deleted))
    newest = max((each.order for each in kept if not each.late), default=None)
    for new in news.values():
        merged.append(replace(new, late=new.late or (newest is not None and new.order < newest)))
    return sorted(merged, key=lambda release: release.order)


def keep(path: Path, name: str, found: Sequence[Release]) -> None:
    """Write a list, with what the file has learned meanwhile. Raises HistoryError."""
    former = read(path, name) if path.exists() else []
    if former != (merged := merge(former, found)):
        _write(path, name, merged)


def read(path: Path, name: str) -> list[Release]:
    """The list of a file. Raises HistoryError: it is none, or of another package."""
    try:
        data = json.loads(path.read_text("utf-8"))
        package, found = str(data["package"]), [_release(**row) for row in data["releases"]]
        if len({Version(each.version) for each in found}) < len(found):
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        raise HistoryError(
            f"{path} is no list of releases: restore it from git, or from another machine"
        ) from None
    if package != name:
        raise HistoryError(
            f"{path} is of {package:.40}, not of {name}: give each package a results_dir"
        )
    return sorted(found, key=lambda release: release.order)


def _release(version: str, uploaded: str, **flags: bool) -> Release:
    """A row of the file; raises ValueError or TypeError where it is none."""
    at = datetime.fromisoformat(uploaded)
    are_bools = all(isinstance(flag, bool) for flag in flags.values())
    is_usual = isinstance(version, str) and str(release.version(version)) == version
    if at.tzinfo is None or at.timestamp() < 0 or not (is_usual and are_bools):
        raise ValueError
    return Release(version, at.astimezone(UTC).replace(microsecond=0), **flags)


def _write(path: Path, name: str, found: Sequence[Release]) -> None:
    """A line for each release, the newest first: two lists merge as texts do."""
    rows = [
        {"version": each.version, "uploaded": f"{each.uploaded:%Y-%m-%dT%H:%M:%SZ}"}
        | {flag: True for flag in FLAGS if getattr(each, flag)}
        for each in reversed(found)
    ]
    lines = ",\n".join(map(json.dumps, rows))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, f'{{"package": "{name}", "releases": [\n{lines}\n]}}\n')
    except (OSError, ValueError) as error:
        raise HistoryError(f"the list of releases cannot be kept: {error}") from None


def cache_dir() -> Path:
    """Where everything that can be had again is kept.

    $AGENT_BENCHMARKS_CACHE, else .cache of the checkout that holds this file, else the user's
    cache directory.
    """
    if given := os.environ.get("AGENT_BENCHMARKS_CACHE"):
        return Path(given).absolute()
    root = Path(__file__).resolve().parents[2]
    if (root / "asv.conf.json").exists():
        return root / ".cache"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "agent-benchmarks"
