"""An asv target: its configuration, repository and results, read through asv's own code."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import asv.repo
import asv.results
from asv import util
from asv.plugins.git import Git
from asv.repo import NoSuchNameError

from harness.common import files, options
from harness.history import machine
from harness.results.configuration import configuration
from harness.results.files import BadInput, NoResults, descriptions, machines, reading
from harness.results.result import Result, line

TAG = "--format=%(*objectname) %(objectname) %(refname:strip=2)"
SHORTEST = 7  # characters of a hash that may stand for a commit


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
        try:
            files.plain(self.folder)
        except (OSError, ValueError) as error:
            raise BadInput(str(error)) from None
        self.remarks: list[str] = []  # on results that were left out

    @property
    def named_config(self) -> str:
        """The configuration as it is named in its checkout."""
        beside = self.config.parent.name == "targets"
        return f"targets/{self.config.name}" if beside else self.config.name

    @functools.cached_property
    def benchmarks(self) -> dict[str, Any]:
        """asv's descriptions by name; BadInput where nothing was ever measured."""
        return descriptions(self.folder)

    @functools.cached_property
    def repo(self) -> Any:
        try:
            return asv.repo.get_repo(self.conf)  # as the plugin has it
        except (util.UserError, util.ProcessError, OSError) as error:
            line = files.reason(error)
            raise BadInput(f"cannot open the repository {self.conf.repo}: {line}") from None

    def machine(self, named: str | None, has: Callable[[str], bool] | None = None) -> str:
        """The machine to read: the one named, else of those that have what is asked for this one,
        else the only one; where there is another, not the one that stands for all machines."""
        known = sorted(machines(self.folder))
        if not known:
            raise BadInput(f"no results in {self.folder}")
        if named is not None:
            if named not in known:
                raise BadInput(
                    f"no results of machine {named}; there are: {options.near(named, known)}"
                )
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
        machines(self.folder)
        paths = asv.results.iter_results_paths(str(folder))
        return [self._result(Path(root, name), where) for root, name, where in paths]

    def _result(self, path: Path, machine: str) -> Result:
        with reading(path, f"results {path.relative_to(self.folder)}"):
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
            known = self.repo.get_revisions(commits).keys()
            if commits - known:
                with contextlib.suppress(util.UserError, util.ProcessError, OSError, SystemExit):
                    self.repo.pull()
                known = self.repo.get_revisions(commits).keys()
            commits &= known
        if strangers := [each for each in found if each.commit not in commits]:
            names = sorted(f"{each.commit[:8]} {each.version}".strip() for each in strangers)
            remark = (
                f"left out {len(names)} of {len(found)} results, in no history:"
                f" {', '.join(names[:2])}" + ", ..." * (len(names) > 2)
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
            place = f"on machine {found[0].machine}"
            raise BadInput(f"no results of {name} {place}; there are: {known}")
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
        if type(self.repo) is not Git:
            return {commit: tag for tag, commit in reversed(self.repo.get_tags().items())}
        # asv would start a process for each tag. An annotated one has an object of its own.
        listed = self.repo._run_git(["for-each-ref", "--sort=taggerdate", TAG, "refs/tags"])
        lines = reversed(listed.splitlines())
        return {commit: tag for commit, *_, tag in map(str.split, lines)}
