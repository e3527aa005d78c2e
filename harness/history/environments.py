"""Environments of any release or commit, kept in the cache.

What is installed, and as of when, is decided as for a measurement (`install`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.common import children
from harness.history import cached, commits, install, releases, settings, spec
from harness.history.cached import Environment
from harness.history.errors import HistoryError
from harness.history.release import Release

LIMIT = 1800.0
"""Seconds that an install may take."""

_UNSOLVED = "error: No solution found when resolving dependencies cause: "
"""How uv begins what it says of every set of requirements that cannot be met."""

_ASK = "from harness.history import install; print(install.python_tag())"


def environment(
    package: str,
    version: str,
    *,
    with_: Sequence[str] = (),
    extras: Sequence[str] = (),
    as_of: datetime | None = None,
    pins: Mapping[str, str] | Sequence[str] = (),
    near: Sequence[str] = (),
    python: str | None = None,
    build: bool = False,
    beside: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> Environment:
    """The environment of a release, made if it is not in the cache.

    with_, extras: what a target installs with it. as_of: the upload date of the release whose
    dependencies it gets (default: its own). pins: packages that, where they are needed at all, are
    installed in that version, however new: {name: version}, or "name==version" each. near: those
    that keep that version where nothing is against it, "name==version" each. python: the
    interpreter (default: this one). build: packages without a wheel are built. beside: the list
    of releases beside the results, which knows dates without the index. say: gets a line before
    what takes long.

    Raises HistoryError, one line: no such release, not resolvable, not installable, no network.
    """
    release = find(package, version, beside)
    _check(*with_, *extras)
    own = as_of is None or as_of == release.uploaded
    wanted = spec.Spec(
        canonicalize_name(package), extras=tuple(sorted(extras)), beside=tuple(sorted(with_))
    ).requirements(release.version)
    pairs = [f"{k}=={v}" for k, v in pins.items()] if isinstance(pins, Mapping) else pins
    asked = {
        "wanted": wanted.split(),
        "uploaded": (release.uploaded if as_of is None else as_of).isoformat(),
        "pins": sorted(map(_pin, pairs)),
        "near": sorted(map(_pin, near)),
        "own": own,
    }
    about = {"package": canonicalize_name(package), "version": release.version}
    return _had(about, asked, python, build, lambda folder: "", say)


def of_commit(
    source: commits.Source,
    name: str,
    *,
    with_: Sequence[str] = (),
    python: str | None = None,
    build: bool = False,
    beside: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> Environment:
    """The environment of a commit, by the beginning of its hash; as `environment`."""

    _check(*with_)
    if not re.fullmatch("[0-9a-fA-F]{7,40}", name):  # no repository need be cloned to know
        raise HistoryError(f"a commit is 7 to 40 hexadecimal digits of its hash, not {name!r}")

    def found(renew: bool) -> list[commits.Commit]:
        every = commits.known(source, beside, renew, say)
        return [each for each in every if each.hash.startswith(name.lower())]

    if not (these := found(False) or found(True)):
        raise HistoryError(f"no commit {name} of {source.url} touches {', '.join(source.paths)}")
    if len(these) > 1:
        raise HistoryError(f"{name} is the beginning of several commits; write more of it")
    (commit,) = these
    asked = {
        "wanted": [commits.MARK + commit.hash, *sorted({*source.beside, *with_})],
        "uploaded": commit.date.isoformat(),
        "pins": [],
        "near": [],
        "own": True,
    }

    def check_out(folder: Path) -> str:
        (folder / "paths.txt").write_text("\n".join(source.paths) + "\n", "utf-8")
        commits.check_out(source, commit.hash, folder / commits.TREE)
        return str(folder)

    about = {"package": source.name, "version": commit.hash[:12]}
    return _had(about, asked | {"paths": source.paths}, python, build, check_out, say)


def find(package: str, version: str, beside: Path | None = None) -> Release:
    """A release in the kept lists, or else of the index. Raises HistoryError."""
    said: list[str] = []
    try:
        wanted, name = Version(version), spec.parse(spec.PREFIX + package).name
    except InvalidVersion:
        raise HistoryError(f"{version!r} is no version of a package") from None
    for renew in (False, True):
        every = releases.known(name, beside, renew, said.append)
        for each in every:
            if Version(each.version) == wanted:
                return each
    if said:
        raise HistoryError(f"no release {version} of {name} is known here, and {said[0]}")
    newest = sorted((each.version for each in every), key=Version)[-3:]
    raise HistoryError(f"{name} has no release {version}; the newest are {', '.join(newest)}")


def _check(*names: str) -> None:
    """HistoryError for what is no name: it would be an option, or a place."""
    for each in names:
        spec.parse(spec.PREFIX + each.replace("?", " "))


def _pin(pair: str) -> str:
    name, _, version = pair.partition("==")
    try:
        return f"{spec.parse(spec.PREFIX + name).name}=={Version(version)}"
    except InvalidVersion:
        raise HistoryError(f"a pin is name==version, not {pair!r}") from None


def _had(
    about: Mapping[str, str],
    asked: dict[str, Any],
    python: str | None,
    build: bool,
    check_out: Callable[[Path], str],
    say: Callable[[str], object],
) -> Environment:
    def make(folder: Path) -> list[str]:
        _make(folder, asked, python or sys.executable, build, check_out)
        lines = (folder / "harness-freeze.txt").read_text("utf-8").splitlines()
        return sorted(line for line in lines if "==" in line and line[0] != "#")

    key = json.dumps([asked, install.SUPPORT, build, _platform(python)], sort_keys=True)
    return cached.had(about, datetime.fromisoformat(asked["uploaded"]), key, make, say)


def _make(
    folder: Path,
    asked: dict[str, Any],
    python: str,
    build: bool,
    check_out: Callable[[Path], str],
) -> None:
    """As asv makes its environments. What it starts ends with this process."""
    making = [sys.executable, "-m", "virtualenv", "--quiet", "--setuptools=bundle", "-p", python]
    done = subprocess.run([*making, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HistoryError(f"no environment can be made in {folder}: {_last(done.stderr)}")
    runner = install.RUNNER.partition("==")[2]
    env = settings.uv_environment() | {"HARNESS_PYTHON": sys.executable, "HARNESS_RUNNER": runner}
    env |= {"AGENT_BENCHMARKS_CACHE": str(releases.cache_dir())}
    order = {name: asked[name] for name in ("wanted", "uploaded", "pins", "near", "own")}
    order |= {"folder": str(folder), "checkout": check_out(folder), "sources": build}
    function = "harness.history.install:perform"
    try:
        children.call(function, order, limit=LIMIT, python=str(folder / "bin/python"), env=env)
    except children.ChildFailed as error:
        what = " ".join(asked["wanted"][:1])
        raise HistoryError(f"{what} cannot be installed: {_reason(str(error))}") from None


def _reason(error: str) -> str:
    """The gist; whatever a broken index answered, it is the index that is to blame."""
    begin, _, reason = error.partition(": not installed")
    if reason.startswith(" for now: ") and "ended by signal" not in reason:
        return "the package index has no usable answer, and it is not in the cache"
    return (reason.partition(": ")[2] if reason else begin).removeprefix(_UNSOLVED)


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def _platform(python: str | None) -> str:
    """Of an interpreter: a patch release of Python moves counts."""
    if python is None:
        return install.python_tag()
    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "PYTHONPATH": root, "HARNESS_RUNNER": "0"}
    command = [children.interpreter(python), "-c", _ASK]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise HistoryError(f"{python} is no interpreter that can be used: {_last(done.stderr)}")
    return done.stdout.strip()
