"""The study itself: measure trials pair by pair, ask every rule, keep what it said.

Interrupted or out of time, it continues with the first pair that is not in the raw data.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from harness.cli import machine
from studies.planted.generator import Planted, plant
from studies.sensitivity import busy, raw, rules
from studies.sensitivity.plan import COUNTS_ONLY, SAME, Block, Pair
from studies.sensitivity.project import Project, StudyError
from studies.sensitivity.settings import (
    LOADED,
    Settings,
    known_pairs,
    missing,
    now,
    processes,
    selection,
    session,
)

RUN_TIMEOUT = 1800.0  # seconds; a run of the whole suite takes a few minutes
PATIENCE = 3  # blocks in a row that cannot be measured
WATCHED = ("latency.Run.", "latency.OverFloor.", "latency.Counted.", "latency.Added.track_p95")


class OutOfTime(Exception):
    """The next run would not end within the time that was given."""


@dataclass
class Study:
    """A study under way. say: where progress goes."""

    settings: Settings
    say: Callable[[str], None] = print
    planted: Planted = field(init=False)
    deadline: float = field(init=False)
    longest: float = field(init=False, default=0.0)
    done: int = field(init=False, default=0)
    failed: int = field(init=False, default=0)
    failed_in_a_row: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        bound = self.settings.minutes * 60 or float("inf")
        self.deadline = time.monotonic() + bound

    def perform(self) -> bool:
        """Measure what is missing; whether everything is there. Raises StudyError."""
        raw.mend(self.settings.out)
        known = known_pairs(raw.read(self.settings.out))
        todo = missing(self.settings, known)
        self.say(f"{sum(len(b.pairs) for _, _, b in todo)} pairs to measure")
        if not todo:
            return True
        machine.register()
        self.planted = plant(self.settings.work)
        raw.append(self.settings.out, session(self.settings))
        try:
            for trial, load, block in todo:
                self._attempt(trial, load, block)
        except OutOfTime:
            self.say("out of time; the same command continues")
            return False
        return not self.failed

    def _attempt(self, trial: int, load: str, block: Block) -> None:
        """Measure a block; what goes wrong in one is told, and raised when it goes on and on."""
        try:
            self._block(trial, load, block)
            self.failed_in_a_row = 0
        except StudyError as error:
            self.failed += 1
            self.failed_in_a_row += 1
            self.say(f"trial {trial}, {load}, block {block.number}: {error}")
            if self.failed_in_a_row == PATIENCE:
                raise

    def _block(self, trial: int, load: str, block: Block) -> None:
        """Measure the reference anew, then each missing pair against it."""
        chosen = self.settings
        name = f"{chosen.profile}-{load}-{trial}-{block.number}"
        quick = chosen.profile in COUNTS_ONLY
        project = Project(self.planted, name, selection(chosen), processes(chosen), quick)
        shutil.rmtree(project.results, ignore_errors=True)
        self._run(project, block.reference, load)
        self._keep_values(project, trial, load, block.reference)
        for pair in block.pairs:
            self._pair(project, trial, load, pair)
        if not chosen.keep:
            shutil.rmtree(project.results, ignore_errors=True)
            project.config.unlink()

    def _pair(self, project: Project, trial: int, load: str, pair: Pair) -> None:
        seconds = self._run(project, pair.commit, load)
        base, head = project.values(pair.reference), project.values(pair.commit)
        verdicts = {
            "check": rules.check(project, pair.reference, pair.commit),
            "compare": rules.compare(project, pair.reference, pair.commit),
            "p95": rules.plain_p95(base, head),
        }
        if pair.item in self.settings.again:
            verdicts["continuous"] = self._continuous(project, load, pair)
        raw.append(
            self.settings.out,
            {
                "kind": "pair",
                "profile": self.settings.profile,
                "load": load,
                "trial": trial,
                "item": pair.item,
                "base": pair.reference,
                "head": pair.commit,
                "seconds": round(seconds, 1),
                "rules": {rule: verdict.record() for rule, verdict in verdicts.items()},
            },
        )
        if pair.item == SAME:
            self._keep_values(project, trial, load, pair.commit)
        self.done += 1
        told = {rule: v.note or f"{len(v.alarms)} alarms" for rule, v in verdicts.items()}
        self.say(f"[{self.done}] trial {trial}, {load}, {pair.item}: {told} ({seconds:.0f} s)")

    def _run(self, project: Project, tag: str, load: str) -> float:
        """`asv run` of one commit; its seconds. Raises OutOfTime instead of beginning too late."""
        left = self._left(self.longest)
        begin = time.monotonic()
        with busy.core(load == LOADED, left):
            try:
                project.run(tag, left)
            except StudyError:
                if time.monotonic() >= self.deadline:
                    raise OutOfTime from None
                raise
        seconds = time.monotonic() - begin
        self.longest = max(self.longest, seconds)
        return seconds

    def _continuous(self, project: Project, load: str, pair: Pair) -> rules.Verdict:
        left = self._left(2 * self.longest)
        # It would write over the results that the other rules have just looked at.
        apart = replace(project, name=f"{project.name}-again")
        try:
            with busy.core(load == LOADED, left):
                return rules.continuous(apart, pair.reference, pair.commit, left)
        finally:
            shutil.rmtree(apart.results, ignore_errors=True)
            apart.config.unlink()

    def _left(self, needed: float) -> float:
        left = self.deadline - time.monotonic()
        if left <= needed * 1.1:
            raise OutOfTime
        return min(left, RUN_TIMEOUT)

    def _keep_values(self, project: Project, trial: int, load: str, tag: str) -> None:
        """What the spread table is made of."""
        values = project.values(tag)
        kept = {k: v for k, v in values.items() if k.startswith(WATCHED) and "'floor'" not in k}
        raw.append(
            self.settings.out,
            {
                "kind": "values",
                "profile": self.settings.profile,
                "load": load,
                "trial": trial,
                "commit": tag,
                "when": now(),
                "others": round(os.getloadavg()[0], 2),
                "values": kept,
            },
        )
