"""The verb `check`: choose two results, judge their rows, report."""

import argparse
import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.check import baselines, history, slo, where
from harness.check.judge import Verdict, judge
from harness.check.machine_formats import as_json, as_junit
from harness.check.pull_request import markdown
from harness.check.report import Report, so_many
from harness.check.rows import Row, rows
from harness.check.slo import Settings
from harness.check.table import table
from harness.check.telling import OTHER_CODE
from harness.common import options
from harness.results.figures import OTHER_VERSION, Figure
from harness.results.files import BadInput
from harness.results.result import Result
from harness.results.target import Target, opened

FORMATS = {"json": as_json, "junit": as_junit, "markdown": markdown, "table": table}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("base", nargs="?", help="tag, hash or baseline (default: the one before)")
    parser.add_argument("head", nargs="?", help="tag, hash or baseline (default: the newest)")
    parser.add_argument(
        "--slo", type=Path, metavar="FILE", help="limits and thresholds (default: slo.toml)"
    )
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")
    parser.add_argument("--all", action="store_true", help="also show rows without a finding")
    parser.add_argument(
        "--allow-missing", action="store_true", help="rows that BASE has and HEAD has not are fine"
    )
    options.add_results(parser)
    options.add_outputs(parser, json="what --format json prints, beside what is printed")
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    limits = arguments.slo and arguments.slo.resolve()
    outputs = options.Outputs(arguments)
    with opened(arguments.config) as target:
        report = check(target, arguments, limits)
    text = FORMATS[arguments.format](report, arguments.all)
    print(text.rstrip("\n"), file=outputs.people)
    outputs.write(json=lambda: as_json(report))
    return report.status


def check(target: Target, arguments: Any, limits: Path | None) -> Report:
    """The report on the two results that the arguments name.

    arguments: base, head, machine and env, as on the command line; limits: the file named there,
    if any. Raises BadInput for bad input.
    """
    settings = slo.settings(target.config, limits)
    machine = target.machine(arguments.machine, functools.partial(_has, target, arguments))
    found = target.results(machine, arguments.env)
    base, head, before = _choose(target, found, arguments.base, arguments.head)
    report = judged(target, base, head, before, settings)
    gone = not_installed(target, base, head, found)
    explained = tuple(_explained(each, base, head, arguments) for each in report.verdicts)
    return dataclasses.replace(
        report, verdicts=explained, notes=(*target.remarks, *gone, *report.notes)
    )


def not_installed(
    target: Target, base: Result, head: Result, found: Sequence[Result]
) -> Iterator[str]:
    """Of each release between two that could not be installed, why."""
    for each in found:
        if base.order < each.order < head.order and each.not_installed:
            yield f"note: {target.title(each)} could not be installed: {each.not_installed}"


def judged(
    target: Target, base: Result, head: Result, before: list[Result], settings: Settings
) -> Report:
    """The report on two results, without where the counts that grew come from.

    before: the valid ones that led to head, if it is to be judged by them, too. BadInput where one
    of the two has no number of the framework.
    """
    table, steady = _rows(base, head, before)
    for row_side, result in (("base", base), ("head", head)):
        sides = [getattr(row, row_side) for row in table if row.is_judged]
        if not any(side.measured for side in sides):
            what = f"{target.title(result)} has no number of the framework"
            raise BadInput(f"{what}: {_why_none(result, sides)}".rstrip(": "))
    void = tuple(f"{target.title(each)}: {why}" for each in (steady, head) for why in each.invalid)
    verdicts = _judge(table, head, before, settings, void)
    found = [_reasoned(each, base, head) for each in verdicts]
    remarks = [*_remarks(table, found), *_ours(target, base, head, found)]
    if base.platform and head.platform and base.platform != head.platform:
        remarks.append(
            f"note: measured with {base.platform} and {head.platform}: exact figures differ with"
            " Python's own library, too, not only with the framework"
        )
    if len(before) >= history.LONG and any(row.is_noisy and row.is_judged for row in table):
        remarks.append(f"judged against a history of {len(before)} results")
    if steady is not base:
        remarks.append(
            f"{target.title(base)} is an invalid run: what has noise is judged against"
            f" {target.title(steady)}, the last valid one"
        )
    return Report(
        project=str(target.conf.project),
        machine=head.machine,
        environment=head.environment,
        base=target.title(base),
        head=target.title(head),
        base_commit=base.commit,
        head_commit=head.commit,
        verdicts=tuple(found),
        levels=tuple(slo.levels(table, settings, head)),
        invalid=void,
        notes=tuple(remarks),
        thresholds=settings.thresholds,
        packages=tuple(head.changed_beside(base)),
    )


def verdicts(head: Result, before: list[Result], settings: Settings) -> list[Verdict]:
    """Those on a result against the last of those that led to it, as `check` has them."""
    valid = [each for each in before if not each.invalid]
    table, steady = _rows(before[-1], head, valid)
    return _judge(table, head, valid, settings, (*steady.invalid, *head.invalid))


def _judge(
    table: list[Row], head: Result, before: list[Result], settings: Settings, void: tuple[str, ...]
) -> list[Verdict]:
    """The verdicts on rows, against the history of the valid results before where it is long."""
    is_long = len(before) >= history.LONG
    gather = history.evidence([*before, head], table) if is_long else None
    return judge(table, settings, void, gather)


def _why_none(result: Result, sides: list[Figure]) -> str:
    """What kept most rows of a result from having a number; "" where nobody said it."""
    if any(side.state == OTHER_VERSION for side in sides):
        return "its benchmarks were of another version"
    notes = [note for each in result.notes.values() for note in each]
    failures = [note.reason for note in notes if not note.is_refusal]
    reasons = Counter(failures or [note.bare for note in notes]).most_common(1)
    return reasons[0][0] if reasons else ""


def _has(target: Target, arguments: Any, machine: str) -> bool:
    """Whether a machine has both results."""
    try:
        _choose(target, target.results(machine, arguments.env), arguments.base, arguments.head)
    except BadInput:
        return False
    return True


def _choose(
    target: Target, found: list[Result], base: str | None, head: str | None
) -> tuple[Result, Result, list[Result]]:
    """The two results, and the valid ones before head where no base was named."""
    kept = baselines.read(target.folder)

    def named(name: str) -> Result:
        return target.commit(kept[name].commit if name in kept else name, found)

    new = named(head) if head else found[-1]
    earlier = [each for each in target.before(new, found) if not each.not_installed]
    if base or baselines.DEFAULT in kept:
        old = named(base or baselines.DEFAULT)
        if old.commit == new.commit:
            raise BadInput(f"base and head are the same commit, {target.title(new)}")
        return old, new, []
    if not earlier:
        raise BadInput(f"no results before {target.title(new)} to compare it with")
    return earlier[-1], new, [each for each in earlier if not each.invalid]


def _rows(base: Result, head: Result, before: list[Result]) -> tuple[list[Row], Result]:
    """The rows, and against which result they are judged where they have noise: base, or the last
    valid one before if that is an invalid run."""
    found = rows(base, head)
    if not (base.invalid and before):
        return found, base
    noisy = {row.label: row for row in rows(before[-1], head) if row.is_noisy}
    # What failed or is gone is a finding against any result.
    return [noisy.get(r.label, r) if r.is_compared else r for r in found], before[-1]


def _reasoned(verdict: Verdict, base: Result, head: Result) -> Verdict:
    """With the reason why there is no number."""
    if verdict.verdict not in ("n/a", "failed"):
        return verdict
    row = verdict.row
    side = head if not row.head.measured else base
    why = side.reason(row.benchmark, row.params)
    reason = ": ".join(filter(None, [verdict.reason, why]))
    return dataclasses.replace(verdict, reason=reason)


def _explained(verdict: Verdict, base: Result, head: Result, arguments: Any) -> Verdict:
    """With the functions that grew, and with whether it is allowed."""
    if verdict.verdict == "gone":
        return dataclasses.replace(verdict, is_allowed=arguments.allow_missing)
    if verdict.row.grade == "counts" and verdict.verdict == "regression":
        return dataclasses.replace(verdict, where=where.grown(base, head, verdict.row))
    return verdict


def _ours(target: Target, base: Result, head: Result, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How many rows changed that two codes of ours measured, and what to measure with one."""
    ours = [each.row.benchmark for each in verdicts if OTHER_CODE in each.reason]
    if not ours:
        return
    first = target.title(head if head.begun(ours[0]) < base.begun(ours[0]) else base)
    command = f"python -m asv run {first}^! --config {target.named_config}"
    if head.is_exact:
        name, sides = target.folder.name, f"{target.title(base)} {target.title(head)}"
        command = f"python -m harness survey {name} --pair {name} {sides} --recount"
    rows = so_many(len(ours), "row")
    yield f"note: {rows} changed, but {OTHER_CODE}; measure {first} again: {command}"


def _remarks(table: list[Row], verdicts: list[Verdict]) -> Iterator[str]:
    for kind, what in (
        ("gone", "not measured any more, which --allow-missing allows"),
        ("new", "with nothing to compare them with"),
    ):
        if found := [each.row.label for each in verdicts if each.verdict == kind]:
            some = ", ".join([*found[:3], *["..."][: len(found) - 3]])
            yield f"{kind}: {len(found)} rows {what}: {some}"
    floors = [row for row in table if row.is_floor and row.is_compared and not row.is_noisy]
    if moved := [row.label for row in floors if row.base.value != row.head.value]:
        yield (
            f"note: {len(moved)} exact figures of the floor differ, {moved[0]} first:"
            " the harness or Python changed, not only the framework"
        )
