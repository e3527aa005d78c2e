"""The releases of a package, asked from the user's own package index."""

import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from packaging.version import Version
from pypi_simple import (
    ACCEPT_JSON_PREFERRED,
    PYPI_SIMPLE_ENDPOINT,
    DistributionPackage,
    NoSuchProjectError,
    PyPISimple,
)
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from harness.history import release, settings
from harness.history.errors import NO_ANSWER, NO_FILES, HistoryError
from harness.history.release import Release

TIMEOUT = (10.0, 20.0)  # seconds to connect, and between two parts of an answer
LONGEST = 60.0  # seconds of an answer, however many parts it comes in
LARGEST = 2**27  # bytes of one; the longest lists of files have some 2**25
# It would announce every attempt, with addresses; the outcome is said in one line.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def ask(name: str, dates: Mapping[Version, datetime]) -> list[Release]:
    """The releases of a package that the first index which knows it has, in no order.

    dates: known upload times, for what the index does not date.
    Raises HistoryError: unknown package, no files, no upload dates, or no network.
    """
    given = settings.indexes()
    for endpoint in (*given.extra, given.default or PYPI_SIMPLE_ENDPOINT):
        try:
            with PyPISimple(endpoint, session=_session(given)) as client:
                page = client.get_project_page(name, TIMEOUT, accept=ACCEPT_JSON_PREFERRED)
            if not (page.packages or page.repository_version):
                raise HistoryError(NO_FILES)
            return _group(name, page.packages, dates)
        except NoSuchProjectError:
            continue
        except HistoryError:
            raise
        except Exception as error:  # a login page in its place, or nonsense, raises anything
            # Only the kind of failure is said: the error's own text may hold credentials.
            status = getattr(getattr(error, "response", None), "status_code", None)
            kind = f"HTTP {status}" if status else type(error).__name__
            raise HistoryError(f"{NO_ANSWER} ({kind})") from None
    raise HistoryError(f"unknown package {name!r}: none of your package indexes has it")


class _Bounded(HTTPAdapter):
    """Answers that have an end: in time, and in size."""

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        begin = time.monotonic()
        response = super().send(request, **how | {"stream": True})
        content = bytearray()
        while part := response.raw.read1(2**16, decode_content=True):
            content += part
            if len(content) > LARGEST:
                response.close()
                raise requests.RequestException("too large")
            if time.monotonic() - begin > LONGEST:
                response.close()
                raise requests.Timeout("too slow")
        response._content = bytes(content)
        return response


def _session(given: settings.Indexes) -> requests.Session:
    session = requests.Session()
    if given.certificates:  # requests itself lets its own variables win over this
        session.verify = given.certificates
    retry = Retry(
        total=2,
        connect=1,
        backoff_factor=0.5,
        status_forcelist=(502, 503, 504),
        respect_retry_after_header=False,  # it may ask for hours
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Bounded(max_retries=retry))
    return session


def _group(
    name: str, files: list[DistributionPackage], dates: Mapping[Version, datetime]
) -> list[Release]:
    """Files to releases; raises HistoryError where the index tells too little."""
    by_version: dict[Version, list[DistributionPackage]] = defaultdict(list)
    for file in files:
        with contextlib.suppress(ValueError):  # no tool of today installs such a file
            by_version[release.version(file.version or "")].append(file)
    if not by_version:
        raise HistoryError(f"package {name!r} has no releases with files")
    found = []
    for version, group in by_version.items():
        dated = [at.replace(tzinfo=at.tzinfo or UTC) for file in group if (at := file.upload_time)]
        dated = [at for at in dated if at.year > 1970]
        # Whole seconds: git knows no finer, and not every index does.
        at = min(dated).astimezone(UTC).replace(microsecond=0) if dated else dates.get(version)
        if at:
            found.append(Release(str(version), at, all(file.is_yanked for file in group)))
    if not found:
        raise HistoryError(f"your package index gives no upload dates for {name!r}")
    return found
