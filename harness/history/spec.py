"""Which releases a configuration asks for, and with what beside them: see FORM and `Spec`."""

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from packaging.utils import canonicalize_name
from packaging.version import VERSION_PATTERN, Version

from harness.history.errors import HistoryError
from harness.history.release import Release, line

PREFIX = "pypi:"
LONGEST = 150  # characters of a name that names files
FORM = "pypi:NAME?last=N&since=VERSION&per=month&line=1.2&pre=1&yanked=1&extras=A,...&with=B,..."
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"


@dataclass(frozen=True)
class Spec:
    """A parsed `pypi:` repository.

    name: canonical package name. pre, yanked: whether pre-releases and yanked releases belong
    to the history. last, since: the window of `asv run ALL` and `asv run NEW`, newest releases
    and lowest version of the newest line, or of `line`, the first numbers of its versions; None
    means no limit. per: of each "month" or "minor" version in it, only the last release; "" means
    all. extras: those of the package that are installed.
    beside: packages that are installed with it, also as of the release's upload. Both sorted.
    """

    name: str
    last: int | None = None
    since: Version | None = None
    per: str = ""
    line: tuple[int, ...] = ()
    pre: bool = False
    yanked: bool = False
    extras: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def selects(self, release: Release) -> bool:
        """Whether the release belongs to the history; the window plays no part in it."""
        is_pre = Version(release.version).is_prerelease
        return (self.pre or not is_pre) and (self.yanked or not release.yanked)

    def window(self, releases: list[Release]) -> list[Release]:
        """The part of the releases (oldest first) that `asv run ALL` measures."""
        if self.last or self.since or self.per or self.line:
            releases = self.main(releases)
        there = [r for r in releases if not r.deleted]
        kept = [r for r in there if self.since is None or Version(r.version) >= self.since]
        if self.per:
            kept = list({_PERIODS[self.per](each): each for each in kept}.values())
        return kept[-(self.last or 0) :]

    def main(self, releases: list[Release]) -> list[Release]:
        """The line that the window counts, oldest first, up to the newest that is still there."""
        numbers = len(self.line)
        inside = [r for r in releases if Version(r.version).release[:numbers] == self.line]
        there = [r for r in inside if not r.deleted] or inside
        newest = max(there, key=lambda release: release.order[::-1], default=None)
        return line(newest, {r: r.order for r in inside}) if newest else []

    def requirements(self, version: str) -> str:
        """What is asked for to have a release: one requirement a line, its own first."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return "\n".join([f"{self.name}{extras}=={version}", *self.beside]) + "\n"

    @property
    def folder(self) -> str:
        """The name of the repository's directory."""
        name = self.name + self.flavour
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{digest}"

    @property
    def flavour(self) -> str:
        """Names what is not usual, for the repository's directory; empty for the usual."""
        parts = ["pre"] * self.pre + ["yanked"] * self.yanked
        parts += [f"line={'.'.join(map(str, self.line))}"] if self.line else []  # where main points
        parts += [f"extra={name}" for name in self.extras] + [
            f"with={name}" for name in self.beside
        ]
        return "".join(f"+{each}" for each in parts)


Options = Mapping[str, tuple[str, str, Callable[[str], Any]]]
"""What the value of an option looks like, in a pattern and in words, and what reads it."""


def parse(text: str) -> Spec:
    """Parse a `pypi:` repository; raises HistoryError naming what is wrong with it."""
    name, _, query = text.removeprefix(PREFIX).partition("?")
    with naming(text):
        if not re.fullmatch(_NAME, name) or len(name) > LONGEST:
            raise ValueError(f"no package name; the form is {FORM}")
        asked = options(query, _OPTIONS, FORM)
    return Spec(canonicalize_name(name), beside=asked.pop("with", ()), **asked)


@contextlib.contextmanager
def naming(text: str) -> Iterator[None]:
    """A ValueError in the block becomes a HistoryError about this repository."""
    try:
        yield
    except ValueError as error:
        raise HistoryError(f"bad repository {text!r:.160}: {error}") from None


def options(query: str, known: Options, form: str) -> dict[str, Any]:
    """The options behind the question mark; ValueError where one is not as it must be."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in known or key in found:
            raise ValueError(f"option {key!r:.40}; the form is {form}")
        pattern, what, read = known[key]
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{key}={value!r:.60} is not {what}")
        found[key] = read(value)
    return found


def _names(value: str) -> tuple[str, ...]:
    return tuple(sorted({canonicalize_name(name) for name in value.split(",")}))


_PERIODS: dict[str, Callable[[Release], object]] = {
    "month": lambda release: (release.uploaded.year, release.uploaded.month),
    "minor": lambda release: (Version(release.version).major, Version(release.version).minor),
}
_FLAG = ("[01]", "0 or 1", "1".__eq__)
LIST = (f"{_NAME}(,{_NAME})*", "a list of names", _names)
_OPTIONS: Options = {
    "last": ("[1-9][0-9]{0,8}", "a number from 1 up", int),
    "since": (f"(?xi:{VERSION_PATTERN})", "a version", Version),
    "per": ("|".join(_PERIODS), "month or minor", str),
    "line": (
        r"\d{1,9}(\.\d{1,9})*",
        "the first numbers of a version",
        lambda v: Version(v).release,
    ),
    "pre": _FLAG,
    "yanked": _FLAG,
    "extras": LIST,
    "with": LIST,
}
