"""Commits as asv's repository: `"repo": "commits:URL?paths=..."`, see `commits`."""

import re
import shutil
from pathlib import Path
from typing import Any

from asv import util
from asv.console import log
from asv.repo import NoSuchNameError

from harness.history import commits, releases, repository
from harness.history.as_repo import History
from harness.history.errors import HistoryError, stop

_HASH = re.compile(r"(?<![\w/])[0-9a-f]{7,40}(?![\w/])")


def _tag(commit: commits.Commit) -> str:
    return f"commit-{commit.hash}"


class CommitHistory(History):
    """The commits that touch the paths of a repository, by their own hashes.

    Git is asked about a small repository that is made of the list of commits: there they have
    other hashes, which are put in the place of theirs on the way to git and back.
    """

    dvcs = "commits"

    def _load(self, renew: bool) -> Path:
        self._source = commits.parse(self._url)
        beside = self._results_dir and self._results_dir / commits.BESIDE
        self._every = commits.known(self._source, beside, renew, log.warning)
        main = commits.line(self._every)
        chain = [self._made(each) for each in reversed(main)]
        chain += [self._made(each, aside=True) for each in self._every if each not in main]
        path = releases.cache_dir() / "history" / self._source.name
        made = repository.write(path, chain, chain[len(main) - 1].tag)
        self._ours = {each.hash: made[_tag(each)] for each in self._every}
        self._theirs = {own: each for each, own in self._ours.items()}
        return path

    def _made(self, commit: commits.Commit, aside: bool = False) -> repository.Commit:
        source = self._source
        asked = "\n".join([commits.MARK + commit.hash, *source.beside]) + "\n"
        contents = {"requirements.txt": asked, "paths.txt": "\n".join(source.paths) + "\n"}
        return repository.Commit(
            _tag(commit),
            commit.subject,
            repository.AUTHOR,
            int(commit.date.timestamp()),
            contents,
            aside,
        )

    def knows(self, commit: str) -> bool:
        """Whether a commit is in the list."""
        return commit in self._ours

    def keep(self, results_dir: str) -> None:
        try:
            commits.keep(Path(results_dir, commits.BESIDE), self._source, self._every)
        except HistoryError as error:
            stop(str(error))

    def _run_git(self, arguments: list[str], *args: Any, **options: Any) -> str:
        ours = [_HASH.sub(self._our, each) for each in arguments]
        output = str(super()._run_git(ours, *args, **options))
        return _HASH.sub(lambda found: self._theirs.get(found[0], found[0]), output)

    def _our(self, found: re.Match[str]) -> str:
        those = [own for each, own in self._ours.items() if each.startswith(found[0])]
        return those[0] if len(those) == 1 else found[0]

    def checkout(self, path: str, commit_hash: str) -> None:
        """Put what is installed beside the commit into a folder, and the paths below it."""
        super().checkout(path, commit_hash)
        tree = Path(path, commits.TREE)
        shutil.rmtree(tree, ignore_errors=True)
        try:
            commits.check_out(self._source, commit_hash, tree)
        except HistoryError as error:
            stop(f"{commit_hash[:8]} cannot be measured: {error}")

    def get_hashes_from_range(self, range_spec: str) -> list[str]:
        """Commits of a git range, newest first."""
        first, last = self._every[-1].hash[:8], self._every[0].hash[:8]
        return self._revisions(range_spec, f"{first} to {last} touch the paths")

    def get_hash_from_name(self, name: str | None) -> str:
        """The commit of a hash or its beginning, with git's ^ and ~ for those before it."""
        try:
            return str(super().get_hash_from_name(name))
        except util.ProcessError:
            raise NoSuchNameError(name) from None

    def get_name_from_hash(self, commit: str) -> None:
        """A commit has no other name."""

    def get_tags(self) -> dict[str, str]:
        """None: those of the repository are mostly on commits that do not touch the paths."""
        return {}
