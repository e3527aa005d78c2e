"""Every change over the histories of a target that is sure: one for each pair of releases."""

import contextlib
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.check import slo, steps, telling, where
from harness.check.finding import DATE, Called, Finding, Moved
from harness.check.judge import Verdict
from harness.check.rows import Row
from harness.check.run import verdicts
from harness.results.result import Result, package_changes
from harness.results.target import BadInput, Target, opened


def findings(configs: Mapping[str, Path]) -> list[Finding]:
    """All changes, newest first; of another Python only where it shows what the first does not."""
    every = [each for name, config in configs.items() for each in changes(name, config)]
    kept: list[Finding] = []
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in every:
        labels = {row.label for row in each.rows}
        known = seen[each.commits]
        if not labels <= known:
            kept.append(each)
        known |= labels
    return sorted(kept, key=lambda each: (each.date, each.project), reverse=True)


def changes(name: str, config: Path) -> Iterator[Finding]:
    """Those of one target, in no order; none where there are no results.

    Exact rows are those of the machine that stands for all, where there is one.
    """
    with opened(config) as target, contextlib.suppress(BadInput):
        groups = target.every()
        has_exact = any(group[0].is_exact for group in groups)
        settings = slo.settings(target.config)
        for group in groups:
            found = [each for each in group if each.has_numbers]
            for head in found:
                if before := target.before(head, found):
                    kept = list(_sure(before, head, settings, group[0].is_exact or not has_exact))
                    if kept:
                        yield _change(name, target, before[-1], head, kept)


def _sure(
    before: list[Result], head: Result, settings: slo.Settings, exact: bool
) -> Iterator[Verdict]:
    """Exact rows, if these count here, and what `check` says of the others."""
    if exact:
        yield from steps.exact(before[-1], head, settings)
    if not head.is_exact:
        judged = verdicts(head, before, settings)
        yield from (v for v in judged if v.row.is_noisy and v.verdict in steps.STEPS)


def _change(name: str, target: Target, base: Result, head: Result, found: list[Verdict]) -> Finding:
    rows = sorted(found, key=lambda each: (-_weight(each.row), each.row.label))
    functions, located = _functions(base, head, rows)
    own = head.resolved[0].partition("==")[0].partition("[")[0] if head.resolved else ""
    packages = package_changes(base.installed or [], head.installed or [])
    return Finding(
        target=name,
        project=str(target.conf.project),
        base=target.title(base),
        head=target.title(head),
        commits=(base.commit, head.commit),
        date=head.date.strftime(DATE),
        machine=head.machine,
        environment=head.environment,
        sentence=_sentence(head, rows[0]),
        rows=tuple(map(_moved, rows)),
        functions=functions,
        located=located,
        packages=tuple(each for each in packages if not each.startswith(f"{own} ")),
        between=_between(target, base, head),
    )


def _weight(row: Row) -> float:
    return telling.weight(row.benchmark, row.base.value, row.head.value, row.unit)


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
    return telling.sentence(about(head, row.benchmark), values, verdict.change, row.named, sure)


def _functions(base: Result, head: Result, rows: list[Verdict]) -> tuple[tuple[Called, ...], str]:
    for row in (each.row for each in rows if each.row.grade == "counts"):
        if found := where.moved(base, head, row):
            return tuple(Called(*each) for each in found), row.label
    return (), ""


def about(result: Result, benchmark: str) -> str:
    """What a benchmark measures, in its own words; its name where it has none."""
    says = re.search(r'"""(.+?)"""', str(result.benchmarks[benchmark].get("code")), re.DOTALL)
    return " ".join(says[1].split()).rstrip(".") if says else benchmark


def _between(target: Target, base: Result, head: Result) -> int | None:
    """How many releases between two were not measured; None where the history is not at hand."""
    with contextlib.suppress(BadInput, ValueError):
        chain = target.repo.get_hashes_from_range(head.commit)
        return list(chain).index(base.commit) - 1
    return None
