"""Every change over the histories of a target that is sure: one for each pair of releases."""

import contextlib
import dataclasses
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from harness.check import attribution, slo, steps, telling, where
from harness.check.finding import DATE, Called, Failed, Finding, Moved, lost
from harness.check.judge import Verdict, judge
from harness.check.rows import rows
from harness.check.run import verdicts
from harness.results.files import BadInput
from harness.results.result import Result
from harness.results.target import Target


def newest(every: Sequence[Finding]) -> list[Finding]:
    """Newest first; those of another Python only where they show what the first does not."""
    kept: list[Finding] = []
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in every:
        labels = {row.label for row in each.rows} | {row.label for row in each.failed}
        known = seen[each.commits]
        if not labels <= known:
            kept.append(each)
        known |= labels
    return sorted(kept, key=lambda each: (each.date, each.project), reverse=True)


def of_results(name: str, target: Target, groups: list[list[Result]]) -> Iterator[Finding]:
    """Those of results by machine and environment, in no order; `name` is that of the target.

    Exact rows are those of the machine that stands for all, where there is one.
    """
    has_exact = any(group[0].is_exact for group in groups)
    settings = slo.settings(target.config)
    attributed = {each.commits: each for each in attribution.read(target.folder)}
    for group in groups:
        found = [each for each in group if each.has_numbers]
        measured = {each.commit for each in found}
        for head in found:
            if before := target.before(head, found):
                is_exact = group[0].is_exact or not has_exact
                kept = list(_sure(before, head, settings, is_exact))
                failed = tuple(_failed(before[-1], head, settings, is_exact))
                if kept or failed:
                    between = unmeasured(target, before[-1], head, measured)
                    found_out = _change(name, target, before[-1], head, kept, failed, between)
                    if known := attributed.get(found_out.commits):
                        due = known.of_these([each.label for each in found_out.rows])
                        found_out = dataclasses.replace(found_out, attribution=due)
                    yield found_out


def _sure(
    before: list[Result], head: Result, settings: slo.Settings, exact: bool
) -> Iterator[Verdict]:
    """Exact rows, if these count here, and what `check` says of the others."""
    if exact:
        yield from steps.exact(before[-1], head, settings)
    if not head.is_exact:
        judged = verdicts(head, before, settings)
        yield from (v for v in judged if v.row.is_noisy and v.verdict in steps.STEPS)


def _failed(base: Result, head: Result, settings: slo.Settings, exact: bool) -> Iterator[Failed]:
    """What gave a number before and failed, if the two were measured with the same Python, and
    by the same code of ours."""
    if base.platform == head.platform:
        table = [
            each for each in rows(base, head) if not (each.head.measured or each.by_other_code)
        ]
        for row in (each.row for each in judge(table, settings) if each.verdict == "failed"):
            if exact or row.is_noisy:
                yield Failed(row.label, head.reason(row.benchmark, row.params))


def _change(
    name: str,
    target: Target,
    base: Result,
    head: Result,
    found: list[Verdict],
    failed: tuple[Failed, ...],
    between: int | None,
) -> Finding:
    moved = sorted(found, key=order)
    functions, located = _functions(base, head, moved)
    return Finding(
        target=name,
        project=str(target.conf.project),
        base=target.title(base),
        head=target.title(head),
        commits=(base.commit, head.commit),
        date=head.date.strftime(DATE),
        machine=head.machine,
        environment=head.environment,
        sentence=_sentence(head, moved[0]) if moved else lost(failed),
        rows=tuple(map(_moved, moved)),
        functions=functions,
        located=located,
        packages=tuple(head.changed_beside(base)),
        between=between,
        failed=failed,
    )


def order(verdict: Verdict) -> tuple[float, str]:
    """The place of a verdict among others, the most telling first; both sides have a number."""
    row = verdict.row
    values = row.base.value, row.head.value
    return -telling.weight(row.benchmark, *values, row.unit), row.label


def _moved(verdict: Verdict) -> Moved:
    row, bounds = verdict.row, verdict.interval
    finite = verdict.change is not None and math.isfinite(verdict.change)
    return Moved(
        label=row.label,
        grade=row.grade,
        unit=row.unit,
        old=row.base.value,
        new=row.head.value,
        change=verdict.change if finite else None,
        interval=bounds if bounds and all(map(math.isfinite, bounds)) else None,
    )


def _sentence(head: Result, verdict: Verdict) -> str:
    row = verdict.row
    # What has neither says itself that it is the best of some processes.
    sure = "exact" if row.repeats or row.grade == "virtual" else ""
    sure = f"99 % interval {telling.interval(verdict.interval)}" if row.is_noisy else sure
    values = row.base.value, row.head.value, row.unit
    return telling.sentence(
        about(head.benchmarks, row.benchmark), values, verdict.change, row.named, sure
    )


def _functions(base: Result, head: Result, moved: list[Verdict]) -> tuple[tuple[Called, ...], str]:
    for row in (each.row for each in moved if each.row.grade == "counts"):
        if found := where.moved(base, head, row):
            return tuple(Called(*each) for each in found), row.label
    return (), ""


def about(benchmarks: Mapping[str, Any], benchmark: str) -> str:
    """What a benchmark measures, in its own words; its name where it has none."""
    says = re.search(r'"""(.+?)"""', str(benchmarks.get(benchmark, {}).get("code")), re.DOTALL)
    return " ".join(says[1].partition(";")[0].split()).rstrip(".") if says else benchmark


def unmeasured(target: Target, base: Result, head: Result, measured: Collection[str]) -> int | None:
    """How many releases between two were not measured; None where the history is not at hand.

    measured: commits.
    """
    with contextlib.suppress(BadInput, ValueError):
        chain = list(target.repo.get_hashes_from_range(head.commit))
        return sum(each not in measured for each in chain[: chain.index(base.commit)])
    return None
