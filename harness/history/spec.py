"""Which releases a configuration asks for, and with what beside them: see FORM and `Spec`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.history.errors import HistoryError
from harness.history.index import Release

PREFIX = "pypi:"
FORM = "pypi:NAME?last=N&since=VERSION&pre=1&yanked=1&extras=EXTRA,...&with=NAME,..."
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"


@dataclass(frozen=True)
class Spec:
    """A parsed `pypi:` repository.

    name: canonical package name. pre, yanked: whether pre-releases and yanked releases belong
    to the history. last, since: the window of `asv run ALL` and `asv run NEW`, newest releases
    and lowest version; None means no limit. extras: those of the package that are installed.
    beside: packages that are installed with it, also as of the release's upload. Both sorted.
    """

    name: str
    last: int | None = None
    since: Version | None = None
    pre: bool = False
    yanked: bool = False
    extras: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def selects(self, release: Release) -> bool:
        """Whether the release belongs to the history; the window plays no part in it."""
        return (self.pre or not release.prerelease) and (self.yanked or not release.yanked)

    def window(self, releases: list[Release]) -> list[Release]:
        """The part of the releases (oldest first) that `asv run ALL` measures."""
        kept = [r for r in releases if self.since is None or Version(r.version) >= self.since]
        return kept if self.last is None else kept[-self.last :]

    def requirements(self, version: str) -> str:
        """What is asked for to have a release: one requirement a line, its own first."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return "\n".join([f"{self.name}{extras}=={version}", *self.beside]) + "\n"

    @property
    def flavour(self) -> str:
        """Names what is not usual, for the repository's directory; empty for the usual."""
        told = ["pre"] * self.pre + ["yanked"] * self.yanked
        told += [f"extra={name}" for name in self.extras] + [f"with={name}" for name in self.beside]
        return "".join(f"+{each}" for each in told)


def parse(text: str) -> Spec:
    """Parse a `pypi:` repository; raises HistoryError naming what is wrong with it."""
    name, _, query = text.removeprefix(PREFIX).partition("?")
    if not re.fullmatch(_NAME, name):
        raise HistoryError(f"bad repository {text!r}: no package name; the form is {FORM}")
    spec: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in ("last", "since", "pre", "yanked", "extras", "with") or key in spec:
            raise HistoryError(f"bad repository {text!r}: option {key!r}; the form is {FORM}")
        spec[key] = value
    return Spec(
        name=canonicalize_name(name),
        last=_count(text, spec.get("last")),
        since=_version(text, spec.get("since")),
        pre=_flag(text, spec.get("pre", "0")),
        yanked=_flag(text, spec.get("yanked", "0")),
        extras=_names(text, "extras", spec.get("extras")),
        beside=_names(text, "with", spec.get("with")),
    )


def _count(text: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise HistoryError(f"bad repository {text!r}: last={value} is not a number from 1 up")
    return int(value)


def _version(text: str, value: str | None) -> Version | None:
    if value is None:
        return None
    try:
        return Version(value)
    except InvalidVersion:
        raise HistoryError(f"bad repository {text!r}: since={value} is not a version") from None


def _names(text: str, option: str, value: str | None) -> tuple[str, ...]:
    names = [] if value is None else value.split(",")
    for name in names:
        if not re.fullmatch(_NAME, name):
            raise HistoryError(f"bad repository {text!r}: {option}={value} is no list of names")
    return tuple(sorted({canonicalize_name(name) for name in names}))


def _flag(text: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise HistoryError(f"bad repository {text!r}: pre and yanked are 0 or 1, not {value!r}")
    return value == "1"
