"""The releases of a package: asked from the user's own package index, kept for working offline."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import requests
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pypi_simple import (
    ACCEPT_JSON_PREFERRED,
    PYPI_SIMPLE_ENDPOINT,
    DistributionPackage,
    NoSuchProjectError,
    PyPISimple,
    UnsupportedRepoVersionError,
)
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from harness.common import files
from harness.history import settings
from harness.history.errors import HistoryError

FRESH = 600.0  # seconds in which the index is not asked again
TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two parts of an answer
FORMAT = 1  # of the kept list
# What an absent network raises, and a login page in the place of an index.
NO_ANSWER = (requests.RequestException, UnsupportedRepoVersionError, ValueError, KeyError)

T = TypeVar("T")

# It would announce every attempt, with addresses; the outcome is told in one line below.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Release:
    """One release. uploaded: when its first file was (UTC). yanked: all of its files are."""

    version: str
    uploaded: datetime
    yanked: bool = False

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


def releases(
    name: str, max_age: float = FRESH, warn: Callable[[str], object] = logging.warning
) -> list[Release]:
    """All releases of a package in the order of their upload.

    A kept list younger than max_age seconds is used as it is; an older one is used when the
    index cannot be reached, and warn is told its age. Raises HistoryError: unknown package, no
    files, no upload dates, or no network and no kept list.
    """
    name = canonicalize_name(name)
    kept = _kept(name)
    now = time.time()
    if kept and 0 <= now - kept[0] < max_age:
        return kept[1]
    try:
        found = _ask(name)
    except HistoryError:
        raise
    except NO_ANSWER as error:
        # Only the kind of failure is told: the error's own text may hold credentials.
        line = f"no usable answer from the package index ({type(error).__name__})"
        if not kept:
            raise HistoryError(f"{line}, and no list of the releases of {name} is kept") from None
        warn(f"{line}: using the releases of {name} as of {_age(now - kept[0])} ago")
        return kept[1]
    _keep(name, found, now)
    return found


def cache_dir() -> Path:
    """Where everything that can be had again is kept.

    $AGENT_BENCHMARKS_CACHE, else .cache of the checkout that holds this file, else the user's
    cache directory.
    """
    if told := os.environ.get("AGENT_BENCHMARKS_CACHE"):
        return Path(told).absolute()
    root = Path(__file__).resolve().parents[2]
    if (root / "asv.conf.json").exists():
        return root / ".cache"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "agent-benchmarks"


def _ask(name: str) -> list[Release]:
    """The release list of the first index that knows the package."""
    told = settings.indexes()
    for endpoint in (*told.extra, told.default or PYPI_SIMPLE_ENDPOINT):
        try:
            with PyPISimple(endpoint, session=_session(told)) as client:
                page = client.get_project_page(name, TIMEOUT, accept=ACCEPT_JSON_PREFERRED)
            return _group(name, page.packages)
        except NoSuchProjectError:
            continue
        except requests.HTTPError as error:
            code = error.response.status_code if error.response is not None else 500
            if code < 500:
                raise HistoryError(f"the package index refused {name!r}: HTTP {code}") from None
            raise
    raise HistoryError(f"unknown package {name!r}: none of your package indexes has it")


def _session(told: settings.Indexes) -> requests.Session:
    session = requests.Session()
    if told.certificates:  # requests itself lets its own variables win over this
        session.verify = told.certificates
    retry = Retry(total=2, connect=1, backoff_factor=0.5, status_forcelist=(502, 503, 504))
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def _group(name: str, files: list[DistributionPackage]) -> list[Release]:
    """Files to releases; raises HistoryError where the index tells too little."""
    by_version: dict[Version, list[DistributionPackage]] = defaultdict(list)
    for file in files:
        with contextlib.suppress(InvalidVersion):  # no tool of today installs such a file
            by_version[Version(file.version or "")].append(file)
    if not by_version:
        raise HistoryError(f"package {name!r} has no releases with files")
    found = []
    for version, group in by_version.items():
        dates = [file.upload_time for file in group if file.upload_time]
        if dates:
            yanked = all(file.is_yanked for file in group)
            # Whole seconds: git knows no finer, and not every index does.
            uploaded = min(dates).astimezone(UTC).replace(microsecond=0)
            found.append(Release(str(version), uploaded, yanked))
    if not found:
        raise HistoryError(f"your package index gives no upload dates for {name!r}")
    return sorted(found, key=lambda release: release.order)


def _kept(name: str) -> tuple[float, list[Release]] | None:
    """When the kept list was asked (seconds since 1970), and the list; a broken one is none."""
    try:
        data = json.loads(_path(name).read_text("utf-8"))
        if data["format"] != FORMAT:
            return None
        rows = [Release(v, datetime.fromisoformat(t), bool(y)) for v, t, y in data["releases"]]
        return float(data["asked"]), sorted(rows, key=lambda release: release.order)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(name: str, found: list[Release], now: float) -> None:
    rows = [[r.version, r.uploaded.isoformat(), r.yanked] for r in found]
    text = json.dumps({"format": FORMAT, "asked": now, "releases": rows})
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, text)


def _path(name: str) -> Path:
    return cache_dir() / "releases" / f"{name}.json"


def _age(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} hours"
