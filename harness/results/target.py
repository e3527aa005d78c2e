"""An asv target: its configuration, repository and results, read through asv's own code."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import asv.repo
import asv.results
from asv import util
from asv.machine import Machine, iter_machine_files
from asv.repo import NoSuchNameError

from harness.common import kinds
from harness.history import machine
from harness.history.releases import BESIDE
from harness.results.result import Result, line

SHORTEST = 7  # characters of a hash that may stand for a commit


BROKEN: tuple[type[Exception], ...] = (util.UserError, OSError, ValueError, TypeError)
BROKEN += (AttributeError, LookupError, ArithmeticError, RecursionError, ImportError)
"""What asv may raise about a file that is not as it writes it."""

DESCRIBED: dict[str, Any] = {
    "params": list[list[str]],
    "param_names": list[str],
    "unit": str,
    "type": str,
    "grade": str,
    "rounds": int,
    "beyond": str,
    "measure": str,
    "renamed": dict[str, str],
    "fixed": dict[str, Any],
}
"""What of asv's description of a benchmark is used here, with our additions."""

CONFIGURED: dict[str, Any] = {
    **dict.fromkeys(("project", "repo", "results_dir", "html_dir", "benchmark_dir"), str),
    "hash_length": int,
    "plugins": list[str],
    "branches": list[str | None],
}
"""What of asv's configuration is used here."""


class BadInput(ValueError):
    """What was asked for cannot be read or judged; the message is one line, the status is 2."""


class NoResults(BadInput):
    """Nothing was measured of a target yet."""


@contextlib.contextmanager
def opened(config: Path) -> Iterator[Target]:
    """The target of a configuration, in whose folder the block runs: asv's paths begin there."""
    path = config.resolve()
    if not path.is_file():
        raise BadInput(f"no asv configuration {config}")
    with contextlib.chdir(path.parent):
        yield Target(path)


class Target:
    """The results of one target. The working directory must be that of the configuration."""

    def __init__(self, config: Path) -> None:
        """Load configuration and plugins; BadInput if one is unusable."""
        self.config = config
        self.conf = configuration(config)
        self.folder = Path(os.path.abspath(self.conf.results_dir))
        self.remarks: list[str] = []  # on results that were left out

    @functools.cached_property
    def benchmarks(self) -> dict[str, Any]:
        """asv's descriptions by name; BadInput where nothing was ever measured."""
        return _benchmarks(self.folder)

    @functools.cached_property
    def repo(self) -> Any:
        """asv's repository, opened when first needed."""
        try:
            return asv.repo.get_repo(self.conf)  # as the plugin has it
        except (util.UserError, util.ProcessError, OSError) as error:
            line = _line(error)
            raise BadInput(f"cannot open the repository {self.conf.repo}: {line}") from None

    def machine(self, named: str | None, has: Callable[[str], bool] | None = None) -> str:
        """The machine to read: the one named, else of those that have what is asked for this one,
        else the only one; where there is another, not the one that stands for all machines."""
        known = sorted(_machines(self.folder))
        if not known:
            raise BadInput(f"no results in {self.folder}")
        if named is not None:
            if named not in known:
                raise BadInput(f"no results of machine {named}; there are: {', '.join(known)}")
            return named
        if has and len(known) > 1:
            known = [each for each in known if has(each)] or known
        if (here := machine.this()) in known:
            return here
        own = [each for each in known if not machine.is_exact(each)] or known
        if len(own) == 1:
            return own[0]
        raise BadInput(f"results of several machines, choose with --machine: {', '.join(known)}")

    def results(self, machine: str, environment: str | None) -> list[Result]:
        """All results of a machine in one environment, oldest commit first; `remarks` names those
        that are left out, because the history has no such commit.

        Raises BadInput for a results file that cannot be read, and where several environments
        leave open which one is meant.
        """
        found = self._known(self._read(self.folder / machine))
        names = sorted({each.environment for each in found})
        chosen = [n for n in names if n == environment] or [
            name for name in names if environment is None or environment in name
        ]
        if not found:
            none = f"no results of machine {machine} in {self.folder}"
            raise BadInput("; ".join([none, *self.remarks]))
        if len(chosen) != 1:
            what = "no results in" if environment and not chosen else "several environments match"
            raise BadInput(f"{what} --env {environment or '(none given)'}: {', '.join(names)}")
        return self._sorted([each for each in found if each.environment == chosen[0]])

    def every(self) -> list[list[Result]]:
        """All results by machine and environment, each group in the order of `Result.order`;
        `remarks` as `results`."""
        groups: dict[tuple[str, str], list[Result]] = {}
        known = self._known(self._read(self.folder))
        for each in sorted(known, key=lambda each: each.order):
            groups.setdefault((each.machine, each.environment), []).append(each)
        if not groups:
            raise NoResults("; ".join([f"no results in {self.folder}", *self.remarks]))
        return [groups[key] for key in sorted(groups)]

    def _read(self, folder: Path) -> list[Result]:
        _machines(self.folder)
        paths = asv.results.iter_results_paths(str(folder))
        return [self._result(Path(root, name), where) for root, name, where in paths]

    def _result(self, path: Path, machine: str) -> Result:
        with _reading(path, f"the results file {path.relative_to(self.folder)}"):
            kept = asv.results.Results.load(str(path), machine_name=machine)
            return Result(kept, path.with_suffix(""), self.benchmarks)

    def has_numbers(self, path: Path) -> bool:
        """Whether a results file has numbers of the framework."""
        return self._result(path, path.parent.name).has_numbers

    def _known(self, found: list[Result]) -> list[Result]:
        """Without those of commits that are in no history, which is asked for news before."""
        if not found:
            return []  # and no index is asked
        commits = {each.commit for each in found}
        with contextlib.suppress(BadInput):  # without the repository nobody knows
            if commits - self.repo.get_revisions(commits).keys():
                with contextlib.suppress(util.UserError, util.ProcessError, OSError, SystemExit):
                    self.repo.pull()
            commits &= self.repo.get_revisions(commits).keys()
        if strangers := [each for each in found if each.commit not in commits]:
            names = sorted(f"{each.commit[:8]} {each.version}".strip() for each in strangers)
            remark = (
                f"left out {len(names)} of {len(found)} results, in no history (a force push, or"
                f" another {BESIDE}): {', '.join(names[:2])}" + ", ..." * (len(names) > 2)
            )
            self.remarks += [remark] if remark not in self.remarks else []
        return [each for each in found if each.commit in commits]

    def _sorted(self, found: list[Result]) -> list[Result]:
        """Oldest first; commits of one second in the order of the repository."""
        order: Mapping[str, int] = {}
        if len({each.date for each in found}) < len(found):
            order = self.repo.get_revisions({each.commit for each in found})
        return sorted(found, key=lambda each: (each.date, order.get(each.commit, -1)))

    def commit(self, name: str, found: list[Result]) -> Result:
        """The result of a tag, a version, a branch or the beginning of a hash."""
        own = [r for r in found if len(name) >= SHORTEST and r.commit.startswith(name.lower())]
        if not own:
            try:
                commit = self.repo.get_hash_from_name(name)
            except (NoSuchNameError, util.UserError, util.ProcessError):
                raise BadInput(f"no commit {name} in {self.conf.repo}") from None
            own = [each for each in found if each.commit == commit]
        if not own:
            known = ", ".join(self.title(each) for each in found[-5:])
            raise BadInput(f"no results of {name} on this machine; there are: {known}")
        if len({each.commit for each in own}) > 1:
            raise BadInput(f"{name} is the beginning of several commits; write more of it")
        return own[0]

    def before(self, result: Result, found: list[Result]) -> list[Result]:
        """Those of the results (oldest first) that led to one, as `result.line`."""
        places = (i for i, each in enumerate(found) if each.commit == result.commit)
        return line(result, found[: next(places)], self._tag)

    def title(self, result: Result) -> str:
        """The tag of a result's commit, else the beginning of its hash."""
        return self._tag(result) or result.commit[: self.conf.hash_length]

    def _tag(self, result: Result) -> str:
        with contextlib.suppress(BadInput):
            return self._tags.get(result.commit, "")
        return ""

    @functools.cached_property
    def _tags(self) -> dict[str, str]:
        return {commit: tag for tag, commit in reversed(self.repo.get_tags().items())}


def configurations(names: Sequence[str] = ()) -> dict[str, Path]:
    """The configurations in the working folder, by name: that of the results folder.

    names: only these, in the order of all. Raises BadInput where one is unknown, or there is none.
    """
    paths = [Path("asv.conf.json").resolve(), *sorted(Path("targets").resolve().glob("*.json"))]
    known = {Path(configuration(path).results_dir).name: path for path in paths if path.exists()}
    if not known:
        raise BadInput("no asv.conf.json and no targets/*.json here: work from a checkout")
    for name in names:
        if name not in known:
            raise BadInput(f"no target {name}; there are: {', '.join(known)}")
    return {name: path for name, path in known.items() if not names or name in names}


def configuration(path: Path) -> Any:
    """asv's configuration with its plugins loaded; BadInput, one line, if it is unusable."""
    from asv.config import Config
    from asv.plugin_manager import plugin_manager

    if not path.is_file():
        raise BadInput(f"no asv configuration {path}")
    try:
        conf = Config.load(str(path))
        for name, kind in CONFIGURED.items():
            kinds.of(kind, getattr(conf, name), name)
        for plugin in conf.plugins:
            plugin_manager.import_plugin(plugin)
    except BROKEN as error:
        raise BadInput(f"{path} is not a usable asv configuration: {_line(error)}") from None
    return conf


@contextlib.contextmanager
def _reading(path: str | Path, what: str = "") -> Iterator[None]:
    """Whatever asv raises about a broken file is said in one line, which names the file once."""
    try:
        yield
    except BROKEN as error:
        reason = _line(error).rpartition(f"'{path}': ")[2].replace(str(path), "it")
        raise BadInput(f"cannot read {what or path}: {reason}") from None


def _benchmarks(folder: Path) -> dict[str, Any]:
    path = folder / "benchmarks.json"
    if not path.exists():
        raise NoResults(f"no results in {folder}")
    with _reading(path):
        content = util.load_json(str(path))
        if not isinstance(content, dict):
            raise ValueError("it is not asv's list of benchmarks")
        described = {name: about for name, about in content.items() if isinstance(about, dict)}
        for name, about in described.items():
            for key, kind in DESCRIBED.items():
                if key in about or key in ("params", "param_names"):
                    kinds.of(kind, about.get(key), f"{name}.{key}")
    return described


def _machines(folder: Path) -> list[str]:
    names = []
    for path in iter_machine_files(str(folder)):
        with _reading(path):
            content = util.load_json(path, Machine.api_version)
            names.append(kinds.of(str, content["machine"], "machine"))
    return names


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
