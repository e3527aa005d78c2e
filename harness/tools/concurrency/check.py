"""What a concurrency check is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.runtimes.base import Agent, Runtime
from harness.tools.concurrency.interleaving import Shake
from harness.tools.concurrency.simultaneous import LIMIT, Outcome, TooMany, together

PASSED = "passed"
FAILED = "failed"
REPORTED = "reported"
"""Figures of this machine and moment, shown without a verdict."""
NOT_APPLICABLE = "n/a"

MOST_EVIDENCE = 10


@dataclass(frozen=True)
class Report:
    """One check of one entry point.

    at_once: runs at the same time; runs: runs in all.
    failures: runs that did not do what the script says (a scripted failure is no failure here).
    evidence: at most MOST_EVIDENCE lines, the most telling first.
    """

    check: str
    entry: str
    at_once: int
    runs: int
    failures: int
    verdict: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """On whom a check is made. entry: "threads" or "asyncio"; at_once: runs at the same time.

    seed: of everything random; limit: seconds after which a run that has not ended is given up.
    interleavings, budget: of the race hunt, how many at most and seconds after which none begins.
    """

    runtime: Runtime
    entry: str
    at_once: int
    seed: int = 0
    interleavings: int = 40
    budget: float = 20.0
    limit: float = LIMIT

    def outcomes(
        self, agents: Agent | Sequence[Agent], prompts: Sequence[str], shake: Shake | None = None
    ) -> list[Outcome]:
        """The outcome of one run a prompt, all begun at once on one agent, or on one each."""
        return together(agents, self.entry, prompts, shake, self.limit)


@dataclass(frozen=True)
class Finding:
    """What a check saw: runs in all, a line for each wrong one, and what a clean one has to say.

    judged: whether no wrong run means that it passed; else its figures are only reported.
    """

    runs: int
    wrong: Sequence[str]
    note: str = ""
    judged: bool = True


@dataclass(frozen=True)
class Check:
    """A kind of trouble: `look` puts it to a runtime. at_once: runs at the same time by default."""

    name: str
    look: Callable[[Trial], Finding]
    at_once: int

    def __call__(
        self, runtime: Runtime, entry: str, at_once: int | None = None, **options: Any
    ) -> Report:
        """The report, also where the runtime cannot do it or breaks outside of a run.

        options: those of `Trial`.
        """
        trial = Trial(runtime, entry, at_once or self.at_once, **options)
        try:
            found = self.look(trial)
        except (NotImplementedError, TooMany) as error:
            return self.not_applicable(entry, trial.at_once, " ".join(str(error).split()))
        except Exception as error:
            found = Finding(1, [f"{type(error).__name__}: {' '.join(str(error).split())}"])
        verdict = FAILED if found.wrong else PASSED if found.judged else REPORTED
        evidence = [*found.wrong[:MOST_EVIDENCE], *([found.note] if found.note else [])]
        counts = (trial.at_once, found.runs, len(found.wrong))
        return Report(self.name, entry, *counts, verdict, tuple(evidence[:MOST_EVIDENCE]))

    def not_applicable(self, entry: str, at_once: int, reason: str) -> Report:
        """The report of a check that cannot be made."""
        return Report(self.name, entry, at_once, 0, 0, NOT_APPLICABLE, (reason,))


def check(name: str, at_once: int = 10) -> Callable[[Callable[[Trial], Finding]], Check]:
    """Makes a check of a function."""
    return lambda look: Check(name, look, at_once)
