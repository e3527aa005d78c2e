"""The asv plugin: `"repo": "pypi:NAME"` measures releases, `"repo": "commits:URL?..."` commits.

Name it in asv.conf.json as `"plugins": [".harness.history.plugin"]`. The options of the
repository are those of `spec.Spec` and `commits`. A configuration with an ordinary git repository
gets only what `patches` changes for every result.
"""

import contextlib
import functools
import inspect
import itertools
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asv.commands.compare
import asv.commands.run
import asv.repo
import asv.results
from asv import util
from asv.console import log
from asv.repo import NoSuchNameError
from packaging.version import InvalidVersion, Version

from harness.history import installs, machine, patches, releases, repository, safety, spec
from harness.history.as_repo import History
from harness.history.commit_history import CommitHistory
from harness.history.errors import NO_ANSWER, NO_FILES, HistoryError, stop
from harness.history.release import Release, line

# An import is measured as users see it, from bytecode: the second one, not the first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# uv lives in the environment that runs asv, so that the measured one stays small.
os.environ["HARNESS_PYTHON"] = sys.executable

_no_answer = False  # the index has given none, and is not asked for news of other packages


def _told(line: str) -> None:
    global _no_answer
    _no_answer = _no_answer or line.startswith(NO_ANSWER)
    if line.startswith(NO_FILES):
        installs.do_without_index(NO_FILES)
    log.warning(line)


class ReleaseHistory(History):
    """The releases of a package as asv's repository; see `spec` for its options."""

    dvcs = "pypi"

    def _load(self, renew: bool) -> Path:
        self._spec = spec.parse(self._url)
        beside = self._results_dir and self._results_dir / releases.BESIDE
        # The index is asked once within ten minutes, and not again in a run if it gave no answer.
        every = releases.known(self._spec.name, beside, renew and not _no_answer, _told)
        if not (main := self._spec.main(list(filter(self._spec.selects, every)))):
            raise HistoryError(
                f"{self._url}: no such release among {len(every)}, without pre-releases and"
                " yanked ones; ask for them with ?pre=1&yanked=1"
            )
        path = releases.cache_dir() / "history" / self._spec.folder
        commits = repository.build(path, self._spec, every, main[-1])
        self._releases = {commits[repository.tag(each.version)]: each for each in every}
        self._selected = {c: each for c, each in self._releases.items() if self._spec.selects(each)}
        self._commits = {Version(each.version): c for c, each in self._releases.items()}
        return path

    def knows(self, commit: str) -> bool:
        """Whether a commit is that of a release."""
        return commit in self._releases

    @property
    def spec(self) -> spec.Spec:
        """Which package, and what is installed with it."""
        return self._spec

    def release(self, commit: str) -> Release:
        """That of a commit; KeyError where it is none."""
        return self._releases[commit]

    def keep(self, results_dir: str) -> None:
        try:
            path = Path(results_dir, releases.BESIDE)
            releases.keep(path, self._spec.name, list(self._releases.values()))
        except HistoryError as error:
            stop(str(error))

    def get_hashes_from_range(self, range_spec: str) -> list[str]:
        """Commits of a range, newest first: `v0.2.1..v0.3.0`, those that led to 0.3.0 and not to
        0.2.1; else of a git range in the order of upload, such as `v0.2.3^!`.

        Pre-releases, yanked and deleted releases count only where they were asked for: by the
        repository's options, or by name in the range.
        """
        begin, dots, end = range_spec.strip().rpartition("..")
        kept = {commit for commit, each in self._selected.items() if not each.deleted}
        with contextlib.suppress(NoSuchNameError, util.ProcessError):
            old = self._line(begin) if dots else []
            *earlier, head = self._line(end)
            kept.add(head)
            return [c for c in (head, *reversed(earlier)) if c in kept and c not in old]
        first, *_, last = [*self.get_tags()] * 2
        commits = self._revisions(range_spec, f"{self._spec.name} has {first} to {last}")
        kept |= set(map(self._named, re.split(r"\.\.+|[\s^~:]+", range_spec)))
        return [commit for commit in commits if commit in kept]

    def get_branch_commits(self, branch: str | None) -> list[str]:
        """The selected releases, newest first."""
        name = self.get_branch_name(branch)
        every = list(reversed(self._selected))
        return every if name == self._default_branch else self.get_hashes_from_range(name)

    def get_new_branch_commits(
        self, branches: Iterable[str | None], existing: Iterable[str]
    ) -> list[str]:
        """What `asv run ALL` and `asv run NEW` measure: the selected releases in the window."""
        window = self._spec.window(list(self._selected.values()))
        found = dict.fromkeys(one for branch in branches for one in self.get_branch_commits(branch))
        commits = (commit for commit in found if self._releases[commit] in window)
        return list(itertools.takewhile(lambda commit: commit not in existing, commits))

    def _named(self, name: str | None) -> str:
        """The commit of a tag or a bare version, however it is spelled; "" where it is neither."""
        try:
            return self._commits.get(Version(name or ""), "")
        except InvalidVersion:
            return ""

    def get_hash_from_name(self, name: str | None) -> str:
        """The commit of a tag, a bare version, a branch or a hash."""
        # A bare version comes first: git would take 2024 for the beginning of a hash.
        return self._named(name) or str(super().get_hash_from_name(name))

    def get_hash_from_parent(self, name: str) -> str:
        """The selected release that this one came from, what `asv continuous` compares with."""
        *earlier, commit = self._line(name)
        if not earlier:
            stop(f"{self.get_name_from_hash(commit)} of {self._spec.name} has no earlier release")
        return earlier[-1]

    def _line(self, name: str) -> list[str]:
        """A release and the selected ones that it came from, oldest first."""
        commit = self.get_hash_from_name(name or None)
        if commit not in self._releases:  # git says an option back
            raise NoSuchNameError(name)
        return line(commit, {c: self._releases[c].order for c in {commit, *self._selected}})

    def get_revisions(self, commits: Iterable[str]) -> dict[str, int]:
        """Places of commits in asv's graphs: by version, in which no line comes between another."""
        ordered = sorted(self._releases.items(), key=lambda item: item[1].order[::-1])
        return {commit: i for i, (commit, _) in enumerate(ordered) if commit in commits}

    def get_name_from_hash(self, commit: str) -> str | None:
        """The tag of a commit; git alone would call the newest one `main`."""
        release = self._releases.get(commit)
        return repository.tag(release.version) if release else None

    def get_tags(self) -> dict[str, str]:
        """The selected releases: commit by tag, oldest first."""
        return {repository.tag(each.version): commit for commit, each in self._selected.items()}


def _open(get_repo: Any, conf: Any) -> Any:
    """asv's repository; one of ours gets the place of its results, which may be from others."""
    safety.refuse_links(conf.results_dir)
    for history in (ReleaseHistory, CommitHistory):
        if history.url_match(conf.repo):
            return history(conf.repo, conf.project, conf.results_dir)
    return get_repo(conf)


def _save(save: Any, results: Any, results_dir: str) -> None:
    """A result is saved with the list that its commit hangs on."""
    history = History.opened
    if history and history.knows(results.commit_hash):
        history.keep(results_dir)
    save(results, results_dir)


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
    for owner in (asv.repo, *filter(inspect.ismodule, vars(asv.commands).values())):
        if hasattr(owner, "get_repo"):
            patches.replace(owner, "get_repo", _open)
    patches.replace(asv.results.Results, "save", _save)
    patches.replace(asv.commands.run.Run, "run_from_conf_args", _tags_mean_all)
    patches.replace(asv.commands.compare.Compare, "run_from_conf_args", _compare_here)
    patches.install()
    sys.excepthook = _quietly
