"""Which runs did not do what the script says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from harness.tools.concurrency.simultaneous import Outcome
from harness.workload.script import Script

_REQUEST = re.compile(r"'request (\d+)\b")


def wrong_runs(
    script: Script,
    requests: Sequence[int],
    outcomes: Sequence[Outcome],
    asked: Mapping[tuple[int, int], int] | None = None,
    failing: AbstractSet[int] = frozenset(),
) -> list[str]:
    """A line for each run that was wrong; none when all did exactly what the script says.

    requests, outcomes: one entry a run. failing: requests whose model fails, so their runs must.
    asked: model calls by (request, round), where these should be checked as well.
    """
    wrong: dict[int, str] = {}
    for slot, (request, outcome) in enumerate(zip(requests, outcomes, strict=True)):
        fault = (
            _failed_wrongly(request, outcome)
            if request in failing
            else _wrong(script, request, outcome)
        )
        if fault:
            wrong[slot] = f"request {request}: {fault}"
    lines = list(wrong.values())
    if asked is not None:
        known = {requests[slot] for slot in wrong} | failing
        expected = Counter(request for request in requests if request not in known)
        lines += _wrongly_asked(script, expected, asked)
    return lines


def _text(outcome: BaseException) -> str:
    return f"{type(outcome).__name__}: {' '.join(str(outcome).split())[:200]}"


def _wrong(script: Script, request: int, outcome: Outcome) -> str:
    if isinstance(outcome, BaseException):
        return f"failed with {_text(outcome)}"
    if outcome != (reply := script.reply(request)):
        return f"returned {outcome!r}, not {reply!r}"
    return ""


def _failed_wrongly(request: int, outcome: Outcome) -> str:
    if not isinstance(outcome, Exception):
        return f"its model failed, yet it ended with {outcome!r}"
    strangers = {int(n) for text in _texts(outcome) for n in _REQUEST.findall(text)} - {request}
    if strangers:
        return f"failed with the error of request {min(strangers)}: {_text(outcome)}"
    return ""


def _texts(error: BaseException) -> Iterator[str]:
    """The texts of an error and of all that led to it."""
    todo, seen = [error], set()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield str(one)
        todo += getattr(one, "exceptions", ())
        todo += [before for before in (one.__cause__, one.__context__) if before is not None]


def _wrongly_asked(
    script: Script, expected: Mapping[int, int], asked: Mapping[tuple[int, int], int]
) -> Iterator[str]:
    """Requests whose model calls are more or fewer than their runs should have made."""
    for request, runs in expected.items():
        for round in range(script.calls_per_run):
            if (calls := asked.get((request, round), 0)) != runs:
                yield f"request {request}: round {round} was asked {calls} times, not {runs}"
                break
