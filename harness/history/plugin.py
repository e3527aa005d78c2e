"""The asv plugin: `"repo": "pypi:NAME"` measures the releases of a package.

Name it in asv.conf.json as `"plugins": [".harness.history.plugin"]`. The options of the
repository are those of `spec.Spec`. A configuration with an ordinary git repository gets only
what `patches` changes for every result.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asv.commands.compare
import asv.commands.run
import asv.plugins.git
from asv import util
from asv.console import log
from asv.repo import NoSuchNameError

from harness.history import index, machine, patches, repository, spec
from harness.history.errors import HistoryError, stop

# An import is measured as users see it, from bytecode: the second one, not the first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# uv lives in the environment that runs asv, so that the measured one stays small.
os.environ["HARNESS_PYTHON"] = sys.executable


class ReleaseHistory(asv.plugins.git.Git):  # type: ignore[misc]  # asv is untyped
    """The releases of a package as asv's repository; see `spec` for its options.

    Bad input ends asv with one line and exit status 2.
    """

    dvcs = "pypi"

    def __init__(self, url: str, mirror_path: str) -> None:
        # Reading commands work from the kept release list at any age; pull() renews it.
        self._load(url, max_age=float("inf"))
        super().__init__(str(self._history), mirror_path)
        self._default_branch = "main"
        self._url = url

    @classmethod
    def url_match(cls, url: str) -> bool:
        """Whether the configuration's repository is a release history."""
        return str(url).startswith(spec.PREFIX)

    def _load(self, url: str, max_age: float) -> None:
        try:
            self._spec = spec.parse(url)
            releases = index.releases(self._spec.name, max_age, log.warning)
            self._selected = [r for r in releases if self._spec.selects(r)]
            if not (main := self._spec.main(self._selected)):
                raise HistoryError(
                    f"{url}: no such release among {len(releases)}, without pre-releases and yanked"
                    " ones; ask for them with ?pre=1&yanked=1"
                )
            folder = self._spec.name + self._spec.flavour
            self._history = index.cache_dir() / "history" / folder
            self._commits = repository.build(self._history, self._spec, releases, main[-1])
        except HistoryError as error:
            stop(str(error))
        tags = (repository.tag(release.version) for release in self._selected)
        self._tags = {tag: self._commits[tag] for tag in tags}
        self._names = {commit: tag for tag, commit in self._commits.items()}
        self._orders = {self._commits[repository.tag(r.version)]: r.order for r in releases}

    def pull(self) -> None:
        """Ask the index for new releases, unless it was asked within the last ten minutes."""
        self._load(self._url, index.FRESH)

    def get_hashes_from_range(self, range_spec: str) -> list[str]:
        """Commits of a range, newest first: `v0.2.1..v0.3.0`, those that led to 0.3.0 and not to
        0.2.1; else of a git range in the order of upload, such as `v0.2.3^!`.

        Pre-releases and yanked releases count only where they were asked for: by the
        repository's options, or by name in the range.
        """
        begin, dots, end = range_spec.strip().rpartition("..")
        with contextlib.suppress(NoSuchNameError, util.ProcessError):
            old = self._line(begin) if dots else []
            return [commit for commit in reversed(self._line(end)) if commit not in old]
        command = ["rev-list", "--first-parent", *shlex.split(range_spec), "--"]
        try:
            commits = self._run_git(command, display_error=False, dots=False).split()
        except util.ProcessError:
            stop(f"bad range {range_spec!r}: {self._spec.name} has {self._known()}")
        named = set(re.split(r"\.\.+|[\s^~:]+", range_spec))
        kept = set(self._tags.values()) | {self._commits.get(name) for name in named}
        return [commit for commit in commits if commit in kept]

    def get_branch_commits(self, branch: str | None) -> list[str]:
        """The selected releases, newest first."""
        name = self.get_branch_name(branch)
        tags = list(reversed(self._tags.values()))
        return tags if name == self._default_branch else self.get_hashes_from_range(name)

    def get_new_branch_commits(
        self, branches: Iterable[str | None], existing: Iterable[str]
    ) -> list[str]:
        """What `asv run ALL` and `asv run NEW` measure: the selected releases in the window."""
        window = {repository.tag(r.version) for r in self._spec.window(self._selected)}
        found = dict.fromkeys(one for branch in branches for one in self.get_branch_commits(branch))
        commits = (commit for commit in found if self._names[commit] in window)
        return list(itertools.takewhile(lambda commit: commit not in existing, commits))

    def get_hash_from_name(self, name: str | None) -> str:
        """The commit of a tag, a bare version, a branch or a hash."""
        # A bare version comes first: git would take 2024 for the beginning of a hash.
        known = self._commits.get(repository.tag(name or ""))
        return known or str(super().get_hash_from_name(name))

    def get_hash_from_parent(self, name: str) -> str:
        """The selected release that this one came from, what `asv continuous` compares with."""
        *earlier, commit = self._line(name)
        if not earlier:
            stop(f"{self._names.get(commit, name)} of {self._spec.name} has no earlier release")
        return earlier[-1]

    def _line(self, name: str) -> list[str]:
        """A release and the selected ones that it came from, oldest first."""
        commit = self.get_hash_from_name(name or None)
        if commit not in self._orders:  # git says an option back
            raise NoSuchNameError(name)
        kept = {commit, *self._tags.values()}
        return index.line(commit, {one: self._orders[one] for one in kept})

    def get_revisions(self, commits: Iterable[str]) -> dict[str, int]:
        """Places of commits in asv's graphs: by version, in which no line comes between another."""
        ordered = sorted(self._orders, key=lambda commit: self._orders[commit][::-1])
        return {commit: i for i, commit in enumerate(ordered) if commit in commits}

    def get_name_from_hash(self, commit: str) -> str | None:
        """The tag of a commit; git alone would call the newest one `main`."""
        return self._names.get(commit)

    def get_tags(self) -> dict[str, str]:
        """The selected releases: commit by tag, oldest first."""
        return dict(self._tags)

    def _known(self) -> str:
        tags = list(self._tags)
        return ", ".join(tags) if len(tags) < 9 else f"{', '.join(tags[:2])} ... {tags[-1]}"


def _tags_mean_all(run: Any, conf: Any, args: Any, **options: Any) -> Any:
    """`asv run TAGS` would store tags in the place of hashes; every release has its tag."""
    if args.range == "TAGS" and ReleaseHistory.url_match(conf.repo):
        args.range = "ALL"
    return run(conf, args, **options)


def _compare_here(compare: Any, conf: Any, args: Any, **options: Any) -> Any:
    """Where several machines have results, `asv compare` means this one, if it is among them."""
    here = machine.this()
    if args.machine is None and Path(conf.results_dir, here, "machine.json").exists():
        args.machine = here
    return compare(conf, args, **options)


def _quietly(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Python's excepthook, but for a reader such as `head`, who has seen enough of a table, and
    for who interrupts a run."""
    if issubclass(kind, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    elif issubclass(kind, KeyboardInterrupt):
        log.error("Interrupted.")
        log.flush()
    else:
        sys.__excepthook__(kind, error, trace)


@functools.cache
def setup() -> None:
    """Called by asv when it loads the plugin; a second load changes nothing."""
    patches.replace(asv.commands.run.Run, "run_from_conf_args", _tags_mean_all)
    patches.replace(asv.commands.compare.Compare, "run_from_conf_args", _compare_here)
    patches.install()
    sys.excepthook = _quietly
