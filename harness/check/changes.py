"""Every change over the histories of a target that is sure: one for each pair of releases."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.check import slo, steps, where
from harness.check.judge import Verdict
from harness.check.run import verdicts
from harness.results.result import Result, package_changes
from harness.results.target import BadInput, Target, opened

Moved = list[tuple[str, int, int]]

SHARES = {"startup.Import.": 0.25, "startup.Build.": 0.7, "observability.": 0.5}
"""By which the size of a step counts when the most telling one is chosen."""


@dataclass(frozen=True)
class Change:
    """What changed from one release to the next one that was measured.

    rows: verdicts, the most telling first; functions: name, calls before and after, in the row that
    is `located`, the first one of which they are known; packages: that changed beside it; between:
    releases that were not measured, if known.
    """

    target: str
    project: str
    base: str
    head: str
    commits: tuple[str, str]
    date: datetime
    machine: str
    environment: str
    rows: tuple[Verdict, ...]
    about: str
    functions: Moved
    located: str
    packages: list[str]
    between: int | None


def changes(name: str, config: Path) -> Iterator[Change]:
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


def _change(name: str, target: Target, base: Result, head: Result, found: list[Verdict]) -> Change:
    rows = sorted(found, key=lambda each: (-_weight(each), each.row.label))
    functions, located = _functions(base, head, rows)
    own = head.resolved[0].partition("==")[0].partition("[")[0] if head.resolved else ""
    packages = package_changes(base.installed or [], head.installed or [])
    return Change(
        target=name,
        project=str(target.conf.project),
        base=target.title(base),
        head=target.title(head),
        commits=(base.commit, head.commit),
        date=head.date,
        machine=head.machine,
        environment=head.environment,
        rows=tuple(rows),
        about=_about(head, rows[0].row.benchmark),
        functions=functions,
        located=located,
        packages=[each for each in packages if not each.startswith(f"{own} ")],
        between=_between(target, base, head),
    )


def _functions(base: Result, head: Result, rows: list[Verdict]) -> tuple[Moved, str]:
    for row in (each.row for each in rows if each.row.grade == "counts"):
        if found := where.moved(base, head, row):
            return found, row.label
    return [], ""


def _weight(verdict: Verdict) -> float:
    """How telling a row is: what a run costs tells more than what is done once, or when traced.

    Lines move with calls, which people know better.
    """
    row = verdict.row
    shares = (share for prefix, share in SHARES.items() if row.benchmark.startswith(prefix))
    return steps.size(verdict) * next(shares, 1.0) * (0.9 if row.unit == "lines" else 1.0)


def _about(result: Result, benchmark: str) -> str:
    """What a benchmark measures, in its own words; its name where it has none."""
    says = re.search(r'"""(.+?)"""', str(result.benchmarks[benchmark].get("code")), re.DOTALL)
    return " ".join(says[1].split()).rstrip(".") if says else benchmark


def _between(target: Target, base: Result, head: Result) -> int | None:
    """How many releases between two were not measured; None where the history is not at hand."""
    with contextlib.suppress(BadInput, ValueError):
        chain = target.repo.get_hashes_from_range(head.commit)
        return list(chain).index(base.commit) - 1
    return None
