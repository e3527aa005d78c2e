"""A verb on any release or commit: `--release` and `--commit` become an interpreter and a runtime.

A target's configuration says which runtime a package has and what is installed with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import runtimes
from harness.cli.target import CHECKOUT
from harness.common import options
from harness.history import commits, environments, releases, spec
from harness.history.cached import Environment


@dataclass(frozen=True)
class Target:
    """What a configuration says: name; repo, such as pypi:NAME; runtime; folder of its results."""

    name: str
    repo: str
    runtime: str
    results: Path

    @property
    def package(self) -> str:
        """Whose releases are its history; "" for commits."""
        return spec.parse(self.repo).name if self.repo.startswith(spec.PREFIX) else ""


def resolve(arguments: argparse.Namespace) -> None:
    """Where a release or a commit is named: `python` and `runtime` become those to use.

    Raises ValueError, one line, if it cannot be had.
    """
    given = "--release" if arguments.release else "--commit"
    if not (arguments.release or arguments.commit):
        if arguments.target or arguments.build:
            raise ValueError("--target and --build go with --release or --commit")
        return
    if getattr(arguments, "url", None):
        raise ValueError(f"{given} is for runtimes, not for --url")
    which = _commit if arguments.commit else _release
    made = which(arguments, arguments.commit or arguments.release)
    if (other := getattr(arguments, "against", None)) and not Path(other).exists():
        arguments.against_python = str(which(arguments, other, made).python)
    arguments.python = str(made.python)


def newest(package: str) -> str:
    """The version of its newest release that is known here, or a word for one."""
    for each in _targets():
        if package and each.package == package and (each.results / releases.BESIDE).exists():
            found = releases.read(each.results / releases.BESIDE, package)
            window = spec.parse(each.repo).window([r for r in found if not r.yanked])
            return window[-1].version if window else "VERSION"
    return "VERSION"


def _release(
    arguments: argparse.Namespace, text: str, beside: Environment | None = None
) -> Environment:
    """beside: the environment of the release that this one is compared with."""
    name, equals, version = text.partition("==")
    if not equals and beside:
        name, version = beside.package, text
    if not (name and version):
        raise ValueError(f"--release is PACKAGE==VERSION, such as agno==3.1.10, not {text!r}")
    package = spec.parse(spec.PREFIX + name).name
    of = _of_package(package, arguments)
    asked = spec.parse(of.repo)
    arguments.runtime = _runtime(arguments) or of.runtime
    return environments.environment(
        package,
        version,
        with_=sorted({*asked.beside, *arguments.beside(arguments)}),
        extras=asked.extras,
        python=arguments.python,
        build=arguments.build,
        beside=of.results / releases.BESIDE,
        say=options.progress,
    )


def _of_package(package: str, arguments: argparse.Namespace) -> Target:
    """The target of a package; else the runtime that is given, or the shipped one for it."""
    known = [each for each in _targets() if each.package]
    if arguments.target:
        known = [each for each in known if each.name == arguments.target]
        if not known:
            raise ValueError(f"no target {arguments.target!r} of releases here")
    for each in known:
        if each.package == package:
            return each
    shipped = map(runtimes.load, () if arguments.target else runtimes.SHIPPED)
    runtime = next((each.name for each in shipped if each.package == package), "")
    if not (runtime or _runtime(arguments)):
        raise ValueError(
            f"no target is of {package}: give its adapter with --runtime, or see"
            " `python -m harness target --help`"
        )
    return Target("", spec.PREFIX + package, runtime, Path())


def _runtime(arguments: argparse.Namespace) -> str:
    """The one that was given, such as an adapter of one's own; "" without one."""
    return "" if arguments.runtime == "floor" else str(arguments.runtime)


def _commit(
    arguments: argparse.Namespace, commit: str, beside: Environment | None = None
) -> Environment:
    known = [each for each in _targets() if each.repo.startswith(commits.PREFIX)]
    found = [each for each in known if arguments.target in (None, each.name)]
    if len(found) != 1:
        names = ", ".join(each.name for each in known) or "none here"
        raise ValueError(f"--commit needs --target, one whose history is commits: {names}")
    (of,) = found
    arguments.runtime = _runtime(arguments) or of.runtime
    source = commits.parse(of.repo)
    return environments.of_commit(
        source,
        commit,
        with_=arguments.beside(arguments),
        python=arguments.python,
        build=arguments.build,
        beside=of.results / commits.BESIDE,
        say=options.progress,
    )


def _targets() -> Iterator[Target]:
    """Those of the working folder and then those of this checkout, read without asv."""
    for folder in dict.fromkeys((Path.cwd(), CHECKOUT)):
        for path in (folder / "asv.conf.json", *sorted(folder.glob("targets/*.json"))):
            if path.exists() and (found := _read(path)):
                yield found


def _read(path: Path) -> Target | None:
    """The target of a configuration; None for one that has no history of ours."""
    try:
        about = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        about = _with_comments(path)
    try:
        (runtime, *_) = about["matrix"]["env_nobuild"]["AGENT_RUNTIME"]
        results = path.parent / about["results_dir"]
        found = Target(results.name, str(about["repo"]), str(runtime), results)
    except (LookupError, TypeError, ValueError):
        return None
    return found if found.repo.startswith((spec.PREFIX, commits.PREFIX)) else None


def _with_comments(path: Path) -> Any:
    from asv import util  # half a second to import

    try:
        return util.load_json(str(path), js_comments=True)
    except (util.UserError, OSError, ValueError, RecursionError):
        return None
