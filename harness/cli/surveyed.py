"""A target of a survey: which of its releases are to be measured, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asv.environment
from asv import util
from asv.repo import NoSuchNameError

from harness.check import slo, steps, telling
from harness.history import code
from harness.history.counts import timed
from harness.history.errors import Stopped
from harness.results.files import BadInput
from harness.results.result import Result
from harness.results.target import Target, opened

FIRST = telling.LARGEST + 1
"""The size of what is measured before anything is bisected."""


OF_THE_MACHINE = "machine_level."
"""Instructions are exact on one machine: another one's C library executes others."""


@dataclass
class Surveyed:
    """One target, measured as `machine`; recount: also what other code of ours has counted.

    wanted: commits; spans: those of one line each, newest first, within which steps are bisected;
    begun: those that this survey has measured, or tried to; broken: why it does no more.
    """

    name: str
    config: Path
    machine: str
    recount: bool = False
    wanted: list[str] = field(default_factory=list)
    spans: list[list[str]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    broken: str = ""

    def choose(self, pairs: Sequence[Sequence[str]], months: int, newest: int) -> None:
        """Ask for new releases, and choose; BadInput where a side of a pair is none.

        A history that cannot be had, such as one without its network, is no reason to stop others.
        """
        with opened(self.config) as target:
            try:
                repo = target.repo
                repo.pull()
            except (BadInput, Stopped, util.UserError, util.ProcessError) as error:
                self.broken = str(error) if isinstance(error, BadInput) else "it has no history"
                return
            for pair in pairs:
                old, new = (self._commit(target, name) for name in pair)
                self.wanted += [new, old]
                chain = repo.get_hashes_from_range(new)
                self.spans.append(chain[: chain.index(old) + 1] if old in chain else [])
            line = repo.get_hashes_from_range(repo.get_branch_name(target.conf.branches[0]))
            recent = list(_recent(repo, line, months, newest))
            self.spans.append([commit for commit, _ in recent])
            self.wanted = list(dict.fromkeys([*self.wanted, *spread(recent, newest)]))
            self._name(repo, self.wanted)

    def _name(self, repo: Any, commits: Iterable[str]) -> None:
        self.titles |= {each: repo.get_name_from_hash(each) or each[:8] for each in commits}

    def _commit(self, target: Target, name: str) -> str:
        try:
            return str(target.repo.get_hash_from_name(name))
        except NoSuchNameError:
            raise BadInput(f"a pair of {self.name}: there is no {name}") from None

    def left(self, again: bool) -> dict[str, float]:
        """What is to be measured now, in order: size by commit, FIRST while anything is wanted.

        again: also what failed before.
        """
        if self.broken:
            return {}
        if not self.begun:  # until asv has run, nobody knows which benchmarks there are today
            return dict.fromkeys(self.wanted[:1], FIRST)
        base: dict[str, float] = {}
        stepped: dict[str, float] = {}
        with opened(self.config) as target:
            settings, found = slo.settings(target.config), self.results(target)
            for environment in asv.environment.get_environments(target.conf, None):
                own = {each.commit: each for each in found if each.environment == environment.name}
                base |= {
                    commit: FIRST
                    for commit in self.wanted
                    if commit not in own
                    or not _is_whole(own[commit], again)
                    or self._counted_otherwise(own[commit])
                }
                filled = [each for each in own.values() if each.has_numbers]
                for span in self.spans:
                    stepped |= _middles(filled, own.keys() | self.begun, span, settings)
            self._name(target.repo, stepped)
        first = {commit: size for commit, size in base.items() if commit not in self.begun}
        return first or stepped

    def others(self, commit: str) -> list[str]:
        """The benchmarks of a commit that are to be measured though they have results."""
        with opened(self.config) as target:
            every = self.results(target) if self.recount else []
            found = [self._counted_otherwise(each) for each in every if each.commit == commit]
        return sorted({name for names in found for name in names})

    def _counted_otherwise(self, result: Result) -> list[str]:
        if not self.recount:
            return []
        today = code.by_benchmark(result.benchmarks, result.asv.env_vars, result.runtime)
        former = {name: result.codes.get(name) for name in result.benchmarks}
        return [name for name, each in former.items() if each and each != today.get(name, each)]

    def results(self, target: Target) -> list[Result]:
        """What this machine has of the target, in the order of `Result.order`."""
        try:
            groups = target.every()
        except BadInput:  # there is nothing
            return []
        return [each for group in groups for each in group if each.machine == self.machine]


def _recent(repo: Any, line: Sequence[str], months: int, newest: int) -> Iterator[tuple[str, int]]:
    """The commits of the last months before the newest, which is first, and at least so many; each
    with its month, counted from the year 0."""
    first = 0
    for place, commit in enumerate(line):
        date = datetime.fromtimestamp(repo.get_date(commit) / 1000, UTC)
        month = 12 * date.year + date.month
        first = first or month - months + 1
        if month < first and place >= newest:
            return
        yield commit, month


def spread(recent: Sequence[tuple[str, int]], newest: int) -> list[str]:
    """The newest commits, and the last one of each month; newest first, as they are given."""
    last = {month: commit for commit, month in reversed(recent)}
    return [
        commit
        for place, (commit, month) in enumerate(recent)
        if place < newest or last[month] == commit
    ]


def _is_wanted(name: str, about: Any) -> bool:
    return not (timed(about) or name.startswith(OF_THE_MACHINE))


def _is_whole(result: Result, again: bool) -> bool:
    """Whether each benchmark has its numbers in today's version or, unless what failed is to be
    measured again, a reason why not."""
    known = result.asv.get_result_keys(result.benchmarks)
    wanted = [name for name, about in result.benchmarks.items() if _is_wanted(name, about)]
    return all(
        name in known
        and (
            None not in (result.asv._results[name] or [None])
            or (not again and any(note.is_final for note in result.notes.get(name, ())))
        )
        for name in wanted
    )


def _middles(
    filled: Sequence[Result], tried: set[str], span: Sequence[str], settings: slo.Settings
) -> dict[str, float]:
    """As `steps.middles`, within a span."""

    def chain(commit: str) -> Sequence[str]:
        return span[span.index(commit) :]

    inside = [each for each in filled if each.commit in span]
    return steps.middles(inside, tried, chain, settings)
