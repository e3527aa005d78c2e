"""What is measured, as asv's repository: a git repository of our own making, one commit each."""

from __future__ import annotations

import shlex
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

import asv.plugins.git
from asv import util

from harness.history.errors import HistoryError, stop


class History(asv.plugins.git.Git):  # type: ignore[misc]  # asv is untyped
    """Releases or commits. Bad input ends asv with one line and exit status 2."""

    dvcs = "history"
    opened: ClassVar[History | None] = None
    """The last one: asv's results, which it is saved with, do not know it."""

    def __init__(self, url: str, mirror_path: str, results_dir: str | None = None) -> None:
        """results_dir: where the list is of what there is, on which the results there are based."""
        self._url = url
        self._results_dir = Path(results_dir) if results_dir else None
        # Reading commands work from the kept lists at any age; pull() renews them.
        super().__init__(str(self._loaded()), mirror_path)
        self._default_branch = "main"
        History.opened = self

    @classmethod
    def url_match(cls, url: str) -> bool:
        """Whether the configuration's repository is such a history."""
        return str(url).startswith(f"{cls.dvcs}:")

    def _loaded(self, renew: bool = False) -> Path:
        try:
            return self._load(renew)
        except HistoryError as error:
            stop(str(error))

    def pull(self) -> None:
        """Ask for news."""
        self._loaded(renew=True)

    @abstractmethod
    def _load(self, renew: bool) -> Path:
        """Read the list, and write the repository; HistoryError if there is none."""

    @abstractmethod
    def knows(self, commit: str) -> bool:
        """Whether a commit is in the list."""

    @abstractmethod
    def keep(self, results_dir: str) -> None:
        """Write the list beside results, without which their commits are not found again."""

    def _revisions(self, range_spec: str, between: str) -> list[str]:
        """Commits of a git range, newest first. between: what there is, for who is wrong."""
        try:
            command = ["rev-list", "--first-parent", *shlex.split(range_spec), "--"]
            return str(self._run_git(command, display_error=False, dots=False)).split()
        except (util.ProcessError, ValueError):  # of an open quote
            stop(f"bad range {range_spec!r}: {between}")
