"""How far a run is: one line, for `harness dashboard` and `harness survey`.

On a terminal it stands in the place of asv's lines, and asv's warnings above it; elsewhere it
follows each release.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from asv.console import log

_shown: Progress | None = None


@contextlib.contextmanager
def shown(progress: Progress | None = None) -> Iterator[None]:
    """Show how far asv is within this block."""
    global _shown
    _shown = progress or Progress(sys.stdout.isatty())
    try:
        yield
    finally:
        if _shown.on_terminal:
            print(flush=True)
        _shown = None


class Progress:
    """Benchmarks to measure, by commit. alone: asv's own lines are never shown beside it."""

    def __init__(self, on_terminal: bool, alone: bool = False) -> None:
        self.on_terminal, self.alone = on_terminal, alone or on_terminal
        self._left: dict[str, int] = {}
        self._all = self._measured = self._failed = 0
        self._environments: set[str] = set()
        self._benchmarks: Any = {}
        self._each = 0.0  # seconds, once a release is measured
        self._started = time.monotonic()

    def begin(self, commits: Sequence[str], environments: Any, benchmarks: Any) -> None:
        """All of these are to be measured."""
        self._environments = {each.name for each in environments}
        self._benchmarks = benchmarks
        self._left = dict.fromkeys(commits, len(benchmarks) * len(self._environments))
        self._all = sum(self._left.values())
        self.draw()

    def kept(self, results: Any) -> None:
        """What has all its numbers in these results is not measured again."""
        if results.env_name in self._environments:
            names = results.get_result_keys(self._benchmarks)
            whole = [name for name in names if None not in results._results[name]]
            self._left[results.commit_hash] -= len(whole)

    def done(self, commit: str, failed: bool = False) -> None:
        """One is measured."""
        self._left[commit] -= 1
        self._measured += 1
        self._failed += failed
        if not self._left[commit]:
            self._each = (time.monotonic() - self._started) / self._measured
        self.draw()

    def line(self) -> str:
        """Releases and benchmarks done, and how long the others take if they are like these."""
        left = sum(self._left.values())
        releases = sum(not each for each in self._left.values())
        words = f"{releases} of {len(self._left)} releases, "
        words += f"{self._all - left} of {self._all} benchmarks"
        if self._failed:
            words += f", {self._failed} failed"
        return f"{words}, {remaining(self._each * left)} left" if self._each * left else words

    def draw(self) -> None:
        """Write the line over the one before."""
        if self.on_terminal:
            print(f"\r\033[K{self.line()}", end="", flush=True)

    def clear(self) -> None:
        """Make room for another line."""
        if self.on_terminal:
            print("\r\033[K", end="", flush=True)


def remaining(seconds: float) -> str:
    """How long something still takes, no more exactly than is known."""
    minutes = seconds / 60
    return f"{max(1, minutes):.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def discover(
    discover: Any, conf: Any, repo: Any, environments: Any, commits: Any, **how: Any
) -> Any:
    """Let asv find out which benchmarks there are."""
    benchmarks = discover(conf, repo, environments, commits, **how)
    if _shown:
        _shown.begin(commits, environments, benchmarks)
    return benchmarks


def kept(results: Any) -> None:
    """A commit has results of an earlier run."""
    if _shown:
        _shown.kept(results)


def done(results: Any, failed: bool) -> None:
    """A benchmark of a commit is measured, or cannot be."""
    if _shown:
        _shown.done(results.commit_hash, failed)


def release() -> None:
    """Tell of a release in a line of asv's, where there is no terminal."""
    if _shown and not _shown.on_terminal:
        log.info(_shown.line())


def say(say: Any, log: Any, *words: Any, **how: Any) -> None:
    """What asv says while it goes well is not shown beside the line."""
    if not (_shown and _shown.alone):
        say(log, *words, **how)


def warn(warn: Any, log: Any, *words: Any, **how: Any) -> None:
    """A warning or an error of asv stays above the line."""
    if _shown:
        _shown.clear()
    warn(log, *words, **how)
    if _shown and _shown.on_terminal:
        log.flush()
        _shown.draw()
