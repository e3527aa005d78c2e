"""What a concurrency check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def judged(
    check: str, entry: str, at_once: int, runs: int, wrong: Sequence[str], note: str = ""
) -> Report:
    """A report that fails for every line of `wrong`; `note` is what a clean one has to say."""
    lines = [*wrong[:MOST_EVIDENCE], note] if note else wrong[:MOST_EVIDENCE]
    verdict = FAILED if wrong else PASSED
    return Report(check, entry, at_once, runs, len(wrong), verdict, tuple(lines[:MOST_EVIDENCE]))
