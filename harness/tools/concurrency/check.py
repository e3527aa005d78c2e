"""What a concurrency check is given, and what comes of it."""

import functools
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from harness.instruments.arrivals.engine import TooMany
from harness.runtimes.base import Agent, Runtime
from harness.tools.concurrency.interleaving import Shake
from harness.tools.concurrency.script import CountingModel, wrong_runs
from harness.tools.concurrency.simultaneous import (
    LIMIT,
    Outcome,
    as_tasks,
    in_loop,
    in_threads,
    run,
)
from harness.workload.script import prompt_of

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


@dataclass
class Trial:
    """On whom a check is made, and what it has seen.

    entry: "threads" or "asyncio"; at_once: runs at the same time.
    seed: of everything random; limit: seconds after which a run that has not ended is given up.
    interleavings, budget: of the race hunt, how many at most and seconds after which none begins.
    runs: in all; wrong: a line for each that was. judged: whether none means that it passed; else
    the figures are only reported.
    """

    runtime: Runtime
    entry: str
    at_once: int
    seed: int = 0
    interleavings: int = 40
    budget: float = 20.0
    limit: float = LIMIT
    runs: int = 0
    wrong: list[str] = field(default_factory=list)
    judged: bool = True

    def outcomes(
        self, agents: Sequence[Agent], prompts: Sequence[str], shake: Shake | None = None
    ) -> list[Outcome]:
        """The outcome of one run a prompt, all begun at once, each on its agent."""
        self.runs += len(prompts)
        jobs = list(zip(agents, prompts, strict=True))
        if self.entry == "asyncio":
            return in_loop(lambda: as_tasks(jobs, shake, self.limit), len(jobs), self.limit)
        return in_threads([functools.partial(run, *job, shake) for job in jobs], self.limit)

    def ask(
        self,
        agent: Agent,
        model: CountingModel,
        requests: Sequence[int],
        shake: Shake | None = None,
        failing: AbstractSet[int] = frozenset(),
        when: str = "",
    ) -> None:
        """One run per request, all at once on one agent. failing: those whose model fails."""
        model.asked.clear()
        prompts = [prompt_of(request) for request in requests]
        outcomes = self.outcomes([agent] * len(prompts), prompts, shake)
        lines = wrong_runs(model, requests, outcomes, failing)
        self.wrong += [f"{when}{line}" for line in lines]


@dataclass(frozen=True)
class Check:
    """A kind of trouble: `look` puts it to a runtime, and says what a clean one has to say.

    at_once: runs at the same time by default.
    """

    name: str
    look: Callable[[Trial], str]
    at_once: int = 10

    def __call__(
        self, runtime: Runtime, entry: str, at_once: int | None = None, **options: Any
    ) -> Report:
        """The report, also where the runtime cannot do it or breaks outside of a run.

        options: those of `Trial`.
        """
        trial = Trial(runtime, entry, at_once or self.at_once, **options)
        try:
            note = [self.look(trial)]
        except (NotImplementedError, TooMany) as error:
            return self.not_applicable(entry, trial.at_once, " ".join(str(error).split()))
        except Exception as error:
            trial.runs, note = 1, []
            trial.wrong = [f"{type(error).__name__}: {' '.join(str(error).split())}"]
        verdict = FAILED if trial.wrong else PASSED if trial.judged else REPORTED
        evidence = (*trial.wrong[: MOST_EVIDENCE - len(note)], *note)
        counts = (trial.at_once, trial.runs, len(trial.wrong))
        return Report(self.name, entry, *counts, verdict, evidence)

    def not_applicable(self, entry: str, at_once: int, reason: str) -> Report:
        """The report of a check that cannot be made."""
        return Report(self.name, entry, at_once, 0, 0, NOT_APPLICABLE, (reason,))


def check(name: str, at_once: int = 10) -> Callable[[Callable[[Trial], str]], Check]:
    return lambda look: Check(name, look, at_once)
