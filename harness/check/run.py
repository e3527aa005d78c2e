"""One check from beginning to end: choose two results, judge their rows, make the report."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from harness.check import baselines, history, settings, where
from harness.check.judge import Verdict, judge
from harness.check.report import Report
from harness.check.rows import Row, rows
from harness.check.slo import levels
from harness.results.errors import BadInput
from harness.results.result import Result
from harness.results.target import Target


def check(target: Target, arguments: Any, slo: Path | None) -> Report:
    """The report on the two results that the arguments name.

    arguments: base, head, config, machine and env, as on the command line; slo: the file named
    there, if any. Raises BadInput for bad input.
    """
    limits = settings.read(settings.find(Path(arguments.config).resolve(), slo))
    machine = target.machine(arguments.machine)
    found = target.results(machine, arguments.env)
    base, head, before = choose(target, found, arguments.base, arguments.head)
    table = rows(base, head)
    _something_measured(table, target, base, head)
    void = [f"{target.title(each)}: {why}" for each in (base, head) for why in each.invalid]
    gather = history.evidence([*before, head], table) if before else None
    verdicts = judge(table, limits, void, gather)
    return Report(
        project=str(target.conf.project),
        machine=machine,
        environment=head.environment,
        base=target.title(base),
        head=target.title(head),
        base_commit=base.commit,
        head_commit=head.commit,
        verdicts=tuple(_explained(verdict, base, head) for verdict in verdicts),
        levels=tuple(levels(table, limits, head)),
        invalid=tuple(void),
        notes=tuple(_remarks(table, before)),
    )


def choose(
    target: Target, found: list[Result], base: str | None, head: str | None
) -> tuple[Result, Result, list[Result]]:
    """The two results, and those before head where no base was named and they are enough."""
    kept = baselines.read(target.folder)

    def named(name: str) -> Result:
        return target.commit(kept[name]["commit"] if name in kept else name, found)

    new = named(head) if head else found[-1]
    earlier = found[: next(i for i, each in enumerate(found) if each.commit == new.commit)]
    if base or baselines.DEFAULT in kept:
        old = named(base or baselines.DEFAULT)
        if old.commit == new.commit:
            raise BadInput(f"base and head are the same commit, {target.title(new)}")
        return old, new, []
    if not earlier:
        raise BadInput(f"no results before {target.title(new)} to compare it with")
    return earlier[-1], new, earlier if len(earlier) >= history.LONG else []


def _something_measured(table: list[Row], target: Target, base: Result, head: Result) -> None:
    own = [row for row in table if not row.is_floor and not row.is_control]
    for side, result in (("base", base), ("head", head)):
        if not any(getattr(row, side).measured for row in own):
            notes = [note for each in result.notes.values() for note in each]
            why = f": {notes[0].bare}" if notes else ""
            raise BadInput(f"{target.title(result)} has no number of the framework{why}")


def _explained(verdict: Verdict, base: Result, head: Result) -> Verdict:
    """With the reason why there is no number, or the functions that grew."""
    row = verdict.row
    if verdict.verdict in ("n/a", "failed"):
        side = head if not row.head.measured else base
        why = side.reason(row.benchmark, row.params)
        reason = ": ".join(filter(None, [verdict.reason, why]))
        return dataclasses.replace(verdict, reason=reason)
    if row.grade == "counts" and verdict.verdict == "regression":
        return dataclasses.replace(verdict, where=where.grown(base, head, row))
    return verdict


def _remarks(table: list[Row], before: list[Result]) -> list[str]:
    remarks = []
    moved = [row.label for row in table if row.is_floor and not row.is_noisy and _differs(row)]
    if moved:
        remarks.append(
            f"note: {len(moved)} exact figures of the floor differ, {moved[0]} first:"
            " the harness or Python changed, not only the framework"
        )
    if before:
        remarks.append(f"judged against a history of {len(before)} results")
    return remarks


def _differs(row: Row) -> bool:
    return row.base.measured and row.head.measured and row.base.value != row.head.value
